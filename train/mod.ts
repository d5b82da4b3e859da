/**
 * Training and fine-tuning as functions: options in, values out. The program's commands are made of the same parts; what
 * they print and write is theirs alone.
 *
 * @module
 */
export { evaluate, type Evaluated, finetune, train, type Trained } from "./library/run.ts";
export type { EvaluateOptions, OptimizerOptions, RunListeners, RunOptions } from "./library/options.ts";
export { type LossName, lossNames } from "./config/schema/losses.ts";
export type { ClassRow, EpochRow } from "./results/records.ts";
export { classMetrics, classRecalls, type Group, type Metrics } from "./results/metrics.ts";
export { predict, type Scores } from "./decision/predict.ts";
export { decide, type Decided, type Member, type Rule, type TestTime, testTimes } from "./decision/decide.ts";
export { choosePoint, type Choosing, type Chosen } from "./decision/choose.ts";
export type { GivenCosts } from "./decision/costs.ts";
export { type Target, targets } from "./decision/objectives.ts";
export { type ModelName, modelNames } from "./verdict/judge.ts";
export { Classifier, type ClassifierOptions } from "./predict/classifier.ts";
export type { ClassProbability } from "./predict/ranking.ts";
export type { RawImage } from "../data/mod.ts";
export type { ModelKeys } from "./model/keys.ts";

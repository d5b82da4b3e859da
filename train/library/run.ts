import { type Config, finetuneConfig } from "../config/schema/finetune.ts";
import type { ConfigKind } from "../config/schema/keys.ts";
import { withMinSteps } from "../config/min_steps.ts";
import { type TrainConfig, trainingConfig } from "../config/schema/train.ts";
import { imageScores } from "../features/scores.ts";
import { finetune as finetuneOn } from "../finetune/finetune.ts";
import { evaluateScores, type Evaluation, evaluationRows } from "../results/evaluation.ts";
import type { Metrics } from "../results/metrics.ts";
import type { ImageSet } from "../../data/mod.ts";
import { decide, pairOf } from "../decision/decide.ts";
import { runRule } from "../predict/rule.ts";
import type { ClassRow, EpochRow } from "../results/records.ts";
import { lookFor } from "../progress/stopping.ts";
import { readSecond } from "../setup/class_fit.ts";
import { setUp, type SetupOptions } from "../setup/set_up.ts";
import type { Setup, State } from "../setup/setup.ts";
import { drawOf, reinitOf } from "../setup/start.ts";
import type { Listeners } from "../trainer/fit.ts";
import type { Outcome } from "../trainer/outcome.ts";
import { train as trainOn } from "../trainer/train.ts";
import { secondOf } from "../model/metadata.ts";
import { finetuneFacts, packState, trainingFacts } from "../saved/checkpoint.ts";
import { networkState, newWork, type Work } from "../saved/work.ts";
import { listening } from "./listening.ts";
import {
  type EvaluateOptions,
  given,
  type RunListeners,
  type RunOptions,
  takenModel,
  withOwnModel,
} from "./options.ts";

/** The results of training. */
export interface Trained {
  /** The model that training began with; null from scratch, and if a part of the model was initialised. */
  before: Metrics | null;
  /** The trained model. */
  after: Metrics;
  /** Both models together, by `finetune`; null without an ensemble. */
  ensemble: Metrics | null;
  /** Recalls of every class, in label order. */
  classes: ClassRow[];
  /** A row for every epoch. */
  epochs: EpochRow[];
  /** Predicted label of every test image, by the trained model. */
  predictions: Uint32Array;
  /** The trained network as a safetensors file. */
  checkpoint: Uint8Array;
}

/** The results of evaluating. */
export interface Evaluated {
  /** Means of the recalls. */
  metrics: Metrics;
  /** Recalls of every class, in label order; each row has its recall in `before`. */
  classes: ClassRow[];
  /** Predicted label of every test image. */
  predictions: Uint32Array;
  /** Plain logits [test images, classes]; of several looks or models the logarithms of their mean probabilities. */
  logits: Float32Array;
}

/** The parts of a run that depend on the kind of its config. */
interface Kind<C> {
  config: ConfigKind<C>;
  setup(config: C): Pick<SetupOptions, "draw" | "reinit">;
  /** The config fitted to the images. */
  fitted(config: C, setup: Setup): C;
  work(setup: Setup, config: C, work: Work, listeners: Listeners): Promise<Outcome>;
  facts(config: C, done: number): Record<string, string>;
}

const finetuning: Kind<Config> = {
  config: finetuneConfig,
  setup: (config) => ({ reinit: reinitOf({ ...config, train: "classifier" }) }),
  fitted: (config) => config,
  work: finetuneOn,
  facts: finetuneFacts,
};

const training: Kind<TrainConfig> = {
  config: trainingConfig,
  setup: (config) => ({ draw: drawOf(config), reinit: reinitOf(config) }),
  fitted: (config, { train }) => withMinSteps(config, train.count),
  work: trainOn,
  facts: trainingFacts,
};

/** Runs training from options to results. */
async function runOf<C extends Config | TrainConfig>(
  kind: Kind<C>,
  options: RunOptions,
  listeners: RunListeners,
): Promise<Trained> {
  const { config: asGiven, dataset, bytes } = given(kind.config, options);
  const { cache, ...heard } = listening(listeners);
  using setup = await setUp(asGiven, heard.progress, {
    ...{ cache, dataset, bytes, signal: heard.signal },
    ...kind.setup(asGiven),
  });
  const config = kind.fitted(asGiven, setup);
  const work = newWork();
  const { before, after, ensemble, rule } = await kind.work(setup, config, work, heard);
  const state = networkState(setup.stage1, work.state);
  // A program's own data set has no keys in the config.
  const recipe = dataset ? { ...config, data: null } : config;
  const beside = { recipe, second: secondOf(setup, config), adjust: rule.adjust };
  return {
    before: before?.metrics ?? null,
    after: after.metrics,
    ensemble: ensemble?.metrics ?? null,
    classes: evaluationRows(setup, before, after, ensemble),
    epochs: work.epochs,
    predictions: after.predictions,
    checkpoint: packState(state, setup, kind.facts(config, work.epochs.length), beside),
  };
}

/**
 * Re-trains the classifier of a model on long-tailed images: evaluates it, trains on features of the frozen backbone, by
 * default with GML, and evaluates again. Returns values; nothing is printed or written but caches.
 *
 * @param options `data` and `checkpoint`, and any key of a config of `deno task finetune`.
 * @throws {TypeError | RangeError} when an option has a wrong value, or a class has no images.
 * @throws {Error} when a file is missing or does not fit. @throws {DeviceError} when there is no adapter.
 * @throws {NonFiniteError} when a number becomes NaN or infinite. @throws {unknown} the signal's reason.
 *
 * @example
 * ```ts
 * import { finetune, train } from "everyclass/train";
 * import { newImageSet } from "everyclass/data";
 * const images = (count: number) => {
 *   const set = newImageSet(count, 8, 8, 1, ["dark", "bright"]);
 *   set.labels.forEach((_, i) => {
 *     set.labels[i] = Number(i % 5 === 0);
 *     set.images.fill(40 + 150 * set.labels[i] + (i * 37) % 50, 64 * i, 64 * (i + 1));
 *   });
 *   return set;
 * };
 * const data = {
 *   ...{ name: "Dark and bright", origin: "a formula", classNames: ["dark", "bright"], mean: [0.3], std: [0.2] },
 *   ...{ train: images(60), test: images(20) },
 * };
 * const { checkpoint } = await train({ data, epochs: 1, batch: 20, loss: "ce" });
 * const { before, after } = await finetune({ data, checkpoint, loss: "gml", epochs: 2 }, {
 *   onEpoch: ({ epoch, loss }) => console.log(epoch, loss),
 * });
 * console.log(before?.lowest, after.lowest); // the lowest recall of a class, in per cent
 * ```
 */
export function finetune(options: RunOptions, listeners: RunListeners = {}): Promise<Trained> {
  return runOf(finetuning, options, listeners);
}

/**
 * Trains a whole network, from scratch or from a checkpoint, and evaluates it. Returns values; nothing is printed or
 * written but caches.
 *
 * @param options `data`, and any key of a config of `deno task train`. @throws as {@linkcode finetune}.
 *
 * @example
 * ```ts
 * import { train } from "everyclass/train";
 * // On a folder with train/ and test/, a folder for each class in them:
 * export async function save(photos: string, file: string) {
 *   const { after, checkpoint } = await train({ data: photos, network: "resnet10", epochs: 30 });
 *   await Deno.writeFile(file, checkpoint);
 *   return after.lowest;
 * }
 * ```
 */
export function train(options: RunOptions, listeners: RunListeners = {}): Promise<Trained> {
  return runOf(training, options, listeners);
}

/**
 * Measures a model on the test images. Returns values; nothing is printed or written but caches.
 *
 * @param options `data` and `checkpoint`, the `model` of the checkpoint, and any key of a config of `deno task finetune`; a
 * checkpoint of this program tells its network, the size of its images and the model that its run kept.
 * @throws as {@linkcode finetune}.
 *
 * @example
 * ```ts
 * import { evaluate } from "everyclass/train";
 * // `data` is a folder with train/ and test/, a folder for each class in them:
 * export async function worstClass(data: string, checkpoint: string) {
 *   const { classes } = await evaluate({ data, checkpoint });
 *   const tested = classes.filter(({ before }) => before !== null); // those with test images
 *   return tested.toSorted((a, b) => a.before! - b.before!)[0].name;
 * }
 * ```
 */
export async function evaluate(
  { model: asked, ...options }: EvaluateOptions,
  listeners: RunListeners = {},
): Promise<Evaluated> {
  const taken = await takenModel({ ...options, model: asked });
  const { config, dataset, bytes } = given(finetuneConfig, await withOwnModel(options as RunOptions));
  const { cache, ...heard } = listening(listeners);
  const which = taken === "before" ? "second" : "first";
  using setup = await setUp(config, heard.progress, { cache, dataset, bytes, which, signal: heard.signal });
  const second = taken === "ensemble"
    ? await readSecond(config.checkpoint!, setup, heard.progress, "second", bytes)
    : null;
  const lookAt = async (set: ImageSet, name: string) => {
    const states = [[name, setup.stage1], ...second ? [[`${name} by the second`, second]] : []] as [
      string,
      State,
    ][];
    const { scores: [looks, others] } = await imageScores(
      setup,
      config,
      states,
      { set, tta: config.tta },
      heard,
    );
    const temperatures = config.ensemble ?? { temperatureNew: 1, temperatureOld: 1 };
    return looks.flatMap((logits, i) => others ? pairOf(logits, others[i], temperatures) : [{ logits }]);
  };
  const members = await lookAt(setup.dataset.test, "evaluate");
  const { rule } = await runRule(setup, config, lookAt, lookFor(heard.signal));
  const { scores, probabilities } = decide(members, setup.network.classes, rule);
  const model: Evaluation = evaluateScores(scores, setup);
  const { metrics, predictions } = model;
  return {
    metrics,
    classes: evaluationRows(setup, model, null, null),
    predictions,
    logits: members.length > 1
      ? new Float32Array(probabilities.map((p) => Math.log(Math.max(p, Number.MIN_VALUE))))
      : new Float32Array(members[0].logits),
  };
}

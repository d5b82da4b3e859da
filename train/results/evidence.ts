import { type Calibration, calibration } from "../statistics/calibration.ts";
import { randomOf } from "../statistics/draws/random.ts";
import { type Mistakes, mistakesOf } from "./mistakes.ts";
import { decideBlocks } from "../decision/blocks.ts";
import { type Member, plainRule, type Rule } from "../decision/decide.ts";
import { predict, rowsOf } from "../decision/predict.ts";
import type { ClassifierSetup } from "../setup/setup.ts";

/** One model on the single test images. */
export interface ModelEvidence {
  /** Predicted class of every test image. */
  predictions: Uint32Array;
  /** Probability of the predicted class, 0 to 1, of every test image. */
  confidences: Float64Array;
  calibration: Calibration;
}

/** The test images one by one: what a report shows beside the numbers over all images. */
export interface Evidence {
  /** True class of every test image. */
  labels: ArrayLike<number>;
  before: ModelEvidence | null;
  after: ModelEvidence;
  /** Mistakes of the model after; null where nobody looked at the images. */
  mistakes: Mistakes | null;
}

/**
 * Looks at a run's test images one by one.
 *
 * @param members Logits of both models. @param rule The rule that the model after goes by; the model before goes
 * by its costs alone.
 * @param seed Seed of the intervals of the calibration errors. @param check Called amid work that never waits.
 */
export async function evidenceOf(
  { dataset }: Pick<ClassifierSetup, "dataset">,
  members: { before: readonly Member[] | null; after: readonly Member[] },
  seed: number,
  rule: Rule,
  check: () => void,
): Promise<Evidence> {
  const { test, classNames } = dataset;
  const evidence = (members: readonly Member[], rule: Rule) =>
    modelEvidence(members, rule, test.labels, classNames.length, seed, check);
  const after = evidence(members.after, rule);
  const asTrained = { ...plainRule, costs: rule.costs };
  return {
    labels: test.labels,
    before: members.before && evidence(members.before, asTrained),
    after,
    mistakes: await mistakesOf(dataset, after),
  };
}

/** Predictions, confidences and calibration of a model. */
export function modelEvidence(
  members: readonly Member[],
  rule: Rule,
  labels: ArrayLike<number>,
  classes: number,
  seed: number,
  check: () => void,
): ModelEvidence {
  const images = rowsOf(members[0].logits, classes);
  const [predictions, confidences] = [new Uint32Array(images), new Float64Array(images)];
  for (const { from, scores, probabilities } of decideBlocks(members, classes, rule, check)) {
    predict(scores, classes, from).forEach((best, i) => {
      predictions[from + i] = best;
      confidences[from + i] = probabilities[i * classes + best];
    });
  }
  // Only the largest probability counts: one column of it, with "right" for its class, saves a whole softmax.
  const isWrong = Uint8Array.from(predictions, (best, i) => best === labels[i] ? 0 : 1);
  return {
    predictions,
    confidences,
    calibration: calibration(confidences, isWrong, 1, randomOf(seed), check),
  };
}

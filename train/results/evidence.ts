import { type Calibration, calibration } from "../statistics/calibration.ts";
import { randomOf } from "../statistics/draws/random.ts";
import { type Mistakes, mistakesOf } from "./mistakes.ts";
import { predict, type Scores } from "./predict.ts";
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
 * @param logits Plain logits [test images, classes] of both models.
 * @param seed Seed of the intervals of the calibration errors.
 */
export async function evidenceOf(
  { dataset }: Pick<ClassifierSetup, "dataset">,
  logits: { before: Scores | null; after: Scores },
  seed: number,
): Promise<Evidence> {
  const { test, classNames } = dataset;
  const model = (scores: Scores) => modelEvidence(scores, test.labels, classNames.length, seed);
  const after = model(logits.after);
  return {
    labels: test.labels,
    before: logits.before && model(logits.before),
    after,
    mistakes: await mistakesOf(dataset, after),
  };
}

/** Predictions, confidences and calibration of a model. @param scores Logits [images, classes]. */
export function modelEvidence(
  scores: Scores,
  labels: ArrayLike<number>,
  classes: number,
  seed: number,
): ModelEvidence {
  const predictions = predict(scores, classes);
  const confidences = Float64Array.from(predictions, (best, i) => {
    let sum = 0; // of the softmax, where the largest logit counts 1
    for (let k = 0; k < classes; k++) sum += Math.exp(scores[i * classes + k] - scores[i * classes + best]);
    return 1 / sum;
  });
  // Only the largest probability counts: one column of it, with "right" for its class, saves a whole softmax.
  const isWrong = Uint8Array.from(predictions, (best, i) => best === labels[i] ? 0 : 1);
  return { predictions, confidences, calibration: calibration(confidences, isWrong, 1, randomOf(seed)) };
}

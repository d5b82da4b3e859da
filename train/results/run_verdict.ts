import type { Verdict } from "../verdict/findings.ts";
import { verdictOf } from "../verdict/verdict.ts";
import type { ClassifierSetup } from "../setup/setup.ts";

/** A model by its predicted class of every test image. */
interface Predicted {
  predictions: Uint32Array;
}

/** The models of a run, evaluated. */
export interface Evaluations {
  before: Predicted | null;
  after: Predicted;
  ensemble: Predicted | null;
}

/** Where a user finds a milder trade of plain accuracy for the worst classes. */
const MILDER = "For a milder point re-train for fewer epochs, or with a lower optimizer.lr.";

/**
 * Judges a run by its test images. It says nothing where a class has no test image: no number over all classes is known
 * then.
 *
 * @param maxAccuracyLoss Points of plain accuracy that a gain may cost.
 */
export function runVerdict(
  { dataset: { test, classNames } }: Pick<ClassifierSetup, "dataset">,
  { before, after, ensemble }: Evaluations,
  { maxAccuracyLoss, seed }: { maxAccuracyLoss: number; seed: number },
): Verdict | null {
  if (test.classCounts().includes(0)) return null;
  return verdictOf({
    labels: test.labels,
    classNames,
    before: before?.predictions ?? null,
    after: after.predictions,
    ensemble: ensemble?.predictions ?? null,
    maxAccuracyLoss: maxAccuracyLoss / 100,
    milder: MILDER,
    seed,
  });
}

import type { Verdict, VerdictInput } from "../verdict/findings.ts";
import type { MoreLabels } from "../verdict/more_labels.ts";
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
  /** The gain that further labelled images bring; null where it was not measured. */
  moreLabels?: MoreLabels | null;
}

/** Where a user finds a milder trade of plain accuracy for the worst classes. */
const MILDER =
  "A milder point, without training: deno task adjust --checkpoint FILE --give-up 2, on validation images " +
  "(data.validationShare).";

/**
 * Judges a run by its test images, over the classes that have some.
 *
 * @param maxAccuracyLoss Points of plain accuracy that a gain may cost. @param work Re-training by default.
 * @param check Called before each draw; what it throws ends the judgement.
 */
export function runVerdict(
  { dataset: { test, classNames } }: Pick<ClassifierSetup, "dataset">,
  { before, after, ensemble, moreLabels }: Evaluations,
  { maxAccuracyLoss, seed }: { maxAccuracyLoss: number; seed: number },
  { work, check }: Pick<VerdictInput, "work"> & { check: () => void },
): Verdict {
  return verdictOf({
    labels: test.labels,
    classNames,
    before: before?.predictions ?? null,
    after: after.predictions,
    ensemble: ensemble?.predictions ?? null,
    maxAccuracyLoss: maxAccuracyLoss / 100,
    milder: MILDER,
    seed,
    moreLabels,
    ...{ work, check },
  });
}

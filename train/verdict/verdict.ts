import { type ClassChange, compare, MEASURES } from "../statistics/compare.ts";
import { type ConfusionChange, confusionChanges, confusionMatrix } from "../statistics/confusions.ts";
import { type ClassStatistics, type ModelStatistics, modelStatistics } from "../statistics/model.ts";
import type { Findings, PrecisionLoss, Verdict, VerdictInput } from "./findings.ts";
import { judge, recommend } from "./judge.ts";
import { sentencesOf } from "./sentences.ts";

/** Plain accuracy that a gain may cost, as a fraction. */
export const MAX_ACCURACY_LOSS = 0.1;

/**
 * Says what a run came to: what was won, what it cost, what is within chance, and which model to use. Classes without test
 * images are named and left out of all numbers.
 *
 * @throws {RangeError} when predictions do not fit the labels, or there are no test images.
 *
 * @example
 * ```ts
 * import { verdictOf } from "./verdict.ts";
 * const labels = Array.from({ length: 200 }, (_, i) => i % 2);
 * const { first } = verdictOf({
 *   labels, classNames: ["cat", "dog"], before: labels.map(() => 0), after: labels, ensemble: null,
 * });
 * console.log(first); // Re-training helped the classes: the H-mean rose from 0.2 % to 100.0 %.
 * ```
 */
export function verdictOf(input: VerdictInput): Verdict {
  const { labels, classNames, before, after, ensemble, maxAccuracyLoss = MAX_ACCURACY_LOSS } = input;
  const classes = classNames.length;
  const numbers = (predictions: ArrayLike<number>) =>
    modelStatistics(labels, predictions, classes, input.seed, input.draws, input.check);
  const models = {
    before: before && numbers(before),
    after: numbers(after),
    ensemble: ensemble && numbers(ensemble),
  };
  const against = (from: ArrayLike<number>, to: ArrayLike<number>) =>
    compare(labels, from, to, classes, input.seed, input.draws, input.check);
  const comparison = before && against(before, after);
  const judgement = comparison && judge(comparison, maxAccuracyLoss);
  const changed = (change: ClassChange["change"]) =>
    (comparison?.classes ?? []).filter((each) => each.change === change)
      .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  const fell = changed("fell");
  const findings: Findings = {
    won: changed("rose"),
    cost: {
      classes: fell,
      measures: judgement?.fell ?? [],
      precisions: models.before ? precisionLosses(models.before, models.after) : [],
    },
    confusion: before && takenFrom(fell, labels, before, after, classes),
    withinChance: {
      measures: comparison
        ? MEASURES.filter((name) => comparison.differences[name].change === "within chance")
        : [],
      classes: changed("within chance"),
    },
    recommended: recommended(),
    unknown: labelsOf(({ unknown, images }) => unknown && images > 0),
    untested: labelsOf(({ images }) => images === 0),
    moreLabels: input.moreLabels ?? null,
    models,
    comparison,
    judgement,
  };
  const sentences = sentencesOf(findings, classNames, {
    work: input.work ?? "re-training",
    milder: input.milder ?? "",
  });
  return { first: sentences[0], sentences, ...findings };

  function labelsOf(isOne: (found: ClassStatistics) => boolean): number[] {
    return models.after.classes.filter(isOne).map(({ label }) => label);
  }

  function recommended(): Verdict["recommended"] {
    if (!before || !judgement) {
      return { model: "after", reason: "there is no model before it to compare with" };
    }
    return recommend(
      judgement,
      ensemble && judge(against(before, ensemble), maxAccuracyLoss),
      ensemble && against(after, ensemble),
    );
  }
}

/** Classes whose intervals of precision lie apart, the largest loss first. */
function precisionLosses(before: ModelStatistics, after: ModelStatistics): PrecisionLoss[] {
  return before.classes.flatMap(({ label, precision: from, unknown }) => {
    const to = after.classes[label].precision;
    return !unknown && from && to && to.high < from.low
      ? [{ label, before: from.value, after: to.value }]
      : [];
  }).sort((a, b) => (b.before - b.after) - (a.before - a.after));
}

/** The confusion that grew most, of those that take images from classes that fell. */
function takenFrom(
  fell: readonly ClassChange[],
  labels: ArrayLike<number>,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  classes: number,
): ConfusionChange | null {
  const losers = new Set(fell.map(({ label }) => label));
  const matrices = [before, after].map((predictions) => confusionMatrix(labels, predictions, classes));
  const grown = confusionChanges(matrices[0], matrices[1], classes)
    .find(({ from, images, before }) => losers.has(from) && images > before);
  return grown ?? null;
}

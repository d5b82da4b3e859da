import type { ClassChange } from "../statistics/compare.ts";
import type { Estimate } from "../statistics/interval.ts";
import type { ModelStatistics, WorstChance } from "../statistics/model.ts";
import type { Verdict } from "../verdict/findings.ts";

/** A number in per cent with its 95 % interval. */
type Percent = [value: number, low: number, high: number];

const percent = ({ value, low, high }: Estimate): Percent => [100 * value, 100 * low, 100 * high];

/** The verdict in `summary.json`: sentences, what moved, and intervals of every model, all in per cent. */
export type VerdictRecord = ReturnType<typeof verdictRecord>;

/** Makes the verdict for `summary.json`. */
export function verdictRecord(
  { sentences, recommended, won, cost, withinChance, unknown, untested, models }: Verdict,
) {
  const change = ({ label, before, after, p }: ClassChange) => ({
    class: label,
    before: 100 * before,
    after: 100 * after,
    p,
  });
  return {
    sentences,
    recommended,
    won: won.map(change),
    lost: cost.classes.map(change),
    fell: cost.measures,
    precisionLost: cost.precisions.map(({ label, before, after }) => ({
      class: label,
      before: 100 * before,
      after: 100 * after,
    })),
    withinChance: withinChance.measures,
    unknownClasses: unknown,
    ...untested.length > 0 && { untestedClasses: untested },
    intervals: Object.fromEntries(
      Object.entries(models).map(([name, model]) => [name, model && intervalsOf(model)]),
    ),
  };
}

function intervalsOf(
  { accuracy, means, smoothedHmean, macroF1, worst, amongWorst, commonRecall }: ModelStatistics,
) {
  const chance = ({ label, probability }: WorstChance) => ({ class: label, probability });
  return {
    accuracy: percent(accuracy),
    ...Object.fromEntries(Object.entries(means).map(([name, estimate]) => [name, percent(estimate)])),
    smoothedHmean: percent(smoothedHmean),
    macroF1: percent(macroF1),
    worstClass: chance(worst),
    amongWorst: amongWorst.map(chance),
    commonRecall,
  };
}

import { GROUP_BOUNDS, type Metrics } from "../results/metrics.ts";
import { formatMetric, metricColumns } from "../results/table.ts";
import type { Measure } from "../statistics/compare.ts";
import type { Estimate } from "../statistics/interval.ts";
import type { Verdict } from "../verdict/findings.ts";
import { cell, intervalText, signed } from "./cells.ts";
import { type Markup, markup } from "./page/html.ts";

/** The models of a run: the model that it began with, the trained model, both together; null for a missing model. */
export type Models = Record<"before" | "after" | "ensemble", Metrics | null>;

/** The statistics that the table takes from a verdict. */
export type TableStatistics = Pick<Verdict, "models" | "comparison">;

/** A column: a metric, or a number that only the statistics hold. */
interface Column {
  key: keyof Metrics | "accuracy" | "smoothedHmean" | "lowestShare" | "macroF1";
  head: string;
  decimals: number;
}

/** Columns of numbers that only the statistics hold, each by the metric that it stands behind. */
const BESIDE: Partial<Record<keyof Metrics, Column>> = {
  hmean: { key: "smoothedHmean", head: "smoothed H", decimals: 2 },
  lowest: { key: "lowestShare", head: "lowest 5 %", decimals: 2 },
};

/** Accuracy first and macro F1 last, if there are statistics. */
function columnsOf(statistics: TableStatistics | null): readonly Column[] {
  if (!statistics) return metricColumns;
  const metrics = metricColumns.flatMap((column): Column[] => {
    const beside = BESIDE[column.key];
    return beside ? [column, beside] : [column];
  });
  return [
    { key: "accuracy", head: "accuracy", decimals: 2 },
    ...metrics,
    { key: "macroF1", head: "macro F1", decimals: 2 },
  ];
}

/**
 * The table of before, after, the ensemble and the change, with what its columns mean.
 *
 * @param statistics Adds accuracy, macro F1 and 95 % intervals. @param only Name of a model that stands alone.
 */
export function metricsMarkup(
  { before, after, ensemble }: Models,
  statistics: TableStatistics | null = null,
  only = "after",
  groups: readonly number[] = GROUP_BOUNDS,
): Markup {
  const columns = columnsOf(statistics);
  const estimateOf = (model: keyof Models, key: Column["key"]): Estimate | null => {
    const found = statistics?.models[model];
    if (!found) return null;
    if (key === "accuracy" || key === "smoothedHmean" || key === "macroF1") return found[key];
    return key in found.means ? found.means[key as keyof typeof found.means] : null;
  };
  const valueOf = (metrics: Metrics | null, model: keyof Models, key: Column["key"]) => {
    if (metricColumns.some((column) => column.key === key)) return metrics?.[key as keyof Metrics] ?? null;
    const estimate = estimateOf(model, key);
    return estimate && 100 * estimate.value;
  };
  const row = (name: string, model: keyof Models, metrics: Metrics) => {
    const cells = columns.map(({ key, decimals }) =>
      cell(
        formatMetric(valueOf(metrics, model, key), decimals),
        key === "hmean" ? "key" : "",
        intervalText(estimateOf(model, key)),
      )
    );
    return markup`<tr><td>${name}</td>${cells}</tr>\n`;
  };
  const differences = statistics?.comparison?.differences;
  const change = columns.map(({ key, decimals }) => {
    const [from, to] = [valueOf(before, "before", key), valueOf(after, "after", key)];
    if (from === null || to === null) return cell("–");
    const isWorse = key === "zeroRecall" ? to > from : to < from;
    // The smoothed H estimates what H does.
    const measure = (key === "smoothedHmean" ? "hmean" : key) as Measure;
    const isByChance = differences?.[measure]?.change === "within chance";
    return cell(
      signed(to - from, decimals),
      isWorse && !isByChance ? "worse" : "",
      isByChance ? "within chance" : null,
    );
  });
  return markup`<div class="scroll" tabindex="0"><table class="many">
<thead><tr><th></th>${columns.map(({ head }) => markup`<th>${head}</th>`)}</tr></thead>
<tbody>
${before && row("before", "before", before)}${after && row(before ? "after" : only, "after", after)}${
    ensemble && row("ensemble", "ensemble", ensemble)
  }
${before && markup`<tr class="change"><td>after − before</td>${change}</tr>\n`}</tbody>
</table></div>
<p class="note">Recall of each class on the test set, in per cent, and its mean, geometric mean and harmonic mean
over the classes (a recall of 0 counts as 0.1 in the last two). Zero recall: how many classes have no image right.
Many, medium, few: mean recall of the classes with more than ${groups[0]}, ${groups[1]} to ${
    groups[0]
  }, and fewer than ${groups[1]} training images.${statistics ? ` ${INTERVALS}` : null}</p>`;
}

/** A note on intervals. */
const INTERVALS =
  "Accuracy: the share of all test images that are right. Smoothed H: the harmonic mean with half an image more right " +
  "and half an image more wrong in each class, so that a recall of 0 does not decide alone. Lowest 5 %: the mean " +
  "recall of the lowest 5 % of the classes. Beneath each number is its 95 % interval: where the true " +
  "number lies, as far as so many test images can tell. Chance makes the lowest recall, G-mean and H-mean smaller " +
  "than they are; their intervals allow for it and need not hold the number above.";

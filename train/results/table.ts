import { columnsOf } from "../flags/columns.ts";
import type { Metrics } from "./metrics.ts";

/** Columns of a table of metrics: heading, value, decimals. */
export const metricColumns: readonly { key: keyof Metrics; head: string; decimals: number }[] = [
  { key: "mean", head: "mean", decimals: 2 },
  { key: "gmean", head: "G-mean", decimals: 2 },
  { key: "hmean", head: "H-mean", decimals: 2 },
  { key: "lowest", head: "lowest", decimals: 2 },
  { key: "zeroRecall", head: "zero recall", decimals: 0 },
  { key: "many", head: "many", decimals: 2 },
  { key: "medium", head: "medium", decimals: 2 },
  { key: "few", head: "few", decimals: 2 },
];

/** Writes a metric as text; null is a dash. */
export function formatMetric(value: number | null, decimals: number): string {
  return value === null ? "–" : value.toFixed(decimals);
}

/**
 * Writes a table of metrics for a terminal, under 80 columns wide: one row a model, numbers aligned.
 *
 * @param models Name and metrics of each model; a model whose metrics are null is left out.
 */
export function metricsTable(models: readonly { name: string; metrics: Metrics | null }[]): string {
  return alignedTable([
    ["", ...metricColumns.map((c) => c.head)],
    ...models.flatMap(({ name, metrics }) =>
      metrics ? [[name, ...metricColumns.map((c) => formatMetric(metrics[c.key], c.decimals))]] : []
    ),
  ]);
}

/** Writes rows as a table for a terminal, the first row as heading: names to the left, numbers to the right. */
export function alignedTable(rows: readonly string[][]): string {
  const { rows: padded, widths } = columnsOf(rows, (column) => column === 0);
  const lines = padded.map((row) => row.join("  ").trimEnd());
  const rule = "─".repeat(widths.reduce((a, b) => a + b + 2, -2));
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

import type { Metrics } from "../results/metrics.ts";

/** Mean and standard deviation of a metric over several seeds. */
export interface Spread {
  /** Arithmetic mean. */
  mean: number;
  /** Standard deviation of the sample, with n - 1; null of a single value. */
  deviation: number | null;
}

/** Computes mean and standard deviation of at least one value. @throws {RangeError} without values. */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  if (count === 0) throw new RangeError("Cannot take a mean: it takes values, there are none");
  const mean = values.reduce((a, b) => a + b, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null };
}

/** Writes a spread for a table: `37.97 ± 0.06`, or the mean alone; null is a dash. */
export function formatSpread(spread: Spread | null): string {
  if (spread === null) return "–";
  const { mean, deviation } = spread;
  return deviation === null ? mean.toFixed(2) : `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`;
}

/** Computes the mean of each metric; null where a run lacks the metric. */
export function meanMetrics(runs: readonly Metrics[]): Metrics {
  const keys = Object.keys(runs[0]) as (keyof Metrics)[];
  return Object.fromEntries(keys.map((key) => {
    const values = runs.map((run) => run[key]).filter((value) => value !== null);
    return [key, values.length === runs.length ? spreadOf(values).mean : null];
  })) as unknown as Metrics;
}

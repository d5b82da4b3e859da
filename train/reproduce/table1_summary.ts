import type { Metrics } from "../results/metrics.ts";
import type { Summary } from "../results/records.ts";
import type { Setup } from "../setup/setup.ts";
import { versions } from "../machine/versions.ts";
import { ensembleId, type TableRow } from "./rows.ts";
import { meanMetrics, spreadOf } from "./spread.ts";
import type { Table, TableWork } from "./table1.ts";

/** A row over all seeds. */
export interface RowSummary {
  id: string;
  name: string;
  /** One run for each seed, in their order. */
  runs: Metrics[];
  mean: Metrics;
  /** Standard deviation of the sample; null with one seed, or where a run lacks the metric. */
  deviation: Record<string, number | null>;
}

/** The `summary.json` of a table. */
export interface TableSummary
  extends Pick<Summary, "throughput" | "adapter" | "family" | "versions" | "images"> {
  seeds: number[];
  /** The stage-1 model. */
  before: Metrics;
  rows: RowSummary[];
  seconds: { load: number; features: number; retrain: number; total: number };
}

/** Makes the summary of a finished table. */
export function summarise(
  { setup, rows, seeds }: Pick<Table, "rows" | "seeds"> & {
    setup: Pick<Setup, "device" | "train" | "dataset">;
  },
  work: TableWork,
  seconds: TableSummary["seconds"],
): TableSummary {
  const { device, train, dataset } = setup;
  return {
    seeds: [...seeds],
    before: work.before!,
    rows: rows.flatMap((row) => [row, ...ensemblesOf(row)]).map(({ id, name }) => {
      const runs = seeds.map((seed) => work.results.find((r) => r.row === id && r.seed === seed)!.metrics);
      return { id, name, runs, mean: meanMetrics(runs), deviation: deviationsOf(runs) };
    }),
    throughput: work.throughput,
    seconds,
    adapter: device.adapter,
    family: device.family,
    versions: versions(),
    images: { train: train.count, test: dataset.test.count },
  };
}

function ensemblesOf({ id, name, ensembles }: TableRow): { id: string; name: string }[] {
  return ensembles.map((temperatures) => ({
    id: ensembleId(id, temperatures),
    name: `${name}, t ${temperatures.temperatureNew} and ${temperatures.temperatureOld}`,
  }));
}

function deviationsOf(runs: Metrics[]): RowSummary["deviation"] {
  const keys = Object.keys(runs[0]) as (keyof Metrics)[];
  return Object.fromEntries(keys.map((key) => {
    const values = runs.map((run) => run[key]).filter((value) => value !== null);
    return [key, values.length === runs.length ? spreadOf(values).deviation : null];
  }));
}

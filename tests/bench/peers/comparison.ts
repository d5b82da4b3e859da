// A made-up comparison for the tests of the report.

import type { ComparisonReport } from "../../../bench/peers/report/report.ts";
import type { PeerResult } from "../../../bench/peers/results.ts";

/** A row with what a test does not care about filled in. */
export function row(
  workload: string,
  peer: string,
  ms: number | null,
  also: Partial<PeerResult> = {},
): PeerResult {
  return { workload, peer, ms, rate: ms && 1000 / ms, unit: "GFLOP/s", agrees: null, ...also };
}

/** Two workloads in three programs, one result wrong, one missing. */
export const rows: readonly PeerResult[] = [
  row("a", "everyclass", 10, { ofBound: 0.35 }),
  row("a", "slow", 250, { agrees: false }),
  row("a", "fast", 4, { why: "two threads" }),
  row("b", "everyclass", 0.5, { ofBound: 0.054 }),
  row("b", "slow", null, { why: "no such op" }),
  row("b", "fast", 1, { why: "two threads" }),
];

/** The rows with all that stands beside them. */
export const report: ComparisonReport = {
  date: "2030-01-02T03:04:05.000Z",
  adapter: "an adapter",
  machine: "a machine",
  versions: { everyclass: "1", deno: "2" },
  ceiling: { gflops: 175.4, gbs: 8.123 },
  rows: [...rows],
  targets: [
    { name: "a", workloads: ["a"], peer: "slow", atLeast: 20 },
    { name: "a", workloads: ["a"], peer: "fast", atLeast: 0.5 },
    { name: "both", workloads: ["a", "b"], peer: "slow", atLeast: 2 },
    { name: "a", workloads: ["a"], withinS: 0.02 },
  ],
};

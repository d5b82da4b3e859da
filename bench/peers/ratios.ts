import type { Row } from "./workloads.ts";

/** The name of this project among the peers. */
export const OURS = "everyclass";

/** The row of a workload and a peer. */
export function rowOf(rows: readonly Row[], workload: string, peer: string): Row | undefined {
  return rows.find((row) => row.workload === workload && row.peer === peer);
}

/** A peer's time over ours, above 1 where we are faster; null where one of both has none. */
export function ratioOf(rows: readonly Row[], workloads: readonly string[], peer: string): number | null {
  const ours = msOf(rows, workloads, OURS), theirs = msOf(rows, workloads, peer);
  return ours === null || theirs === null ? null : theirs / ours;
}

/** Milliseconds of all these workloads; null where one has none. */
export function msOf(rows: readonly Row[], workloads: readonly string[], peer: string): number | null {
  const times = workloads.map((workload) => rowOf(rows, workload, peer)?.ms ?? null);
  return times.reduce((sum, ms) => sum === null || ms === null ? null : sum + ms, 0);
}

/** The workloads of which peers have other results than ours, and none has ours: it is ours that is likely to be wrong. */
export function agreedByNone(rows: readonly Row[]): string[] {
  const peers = rows.filter(({ peer, agrees }) => peer !== OURS && agrees !== null);
  const agreed = new Set(peers.filter(({ agrees }) => agrees).map(({ workload }) => workload));
  return distinct(peers.map(({ workload }) => workload)).filter((workload) => !agreed.has(workload));
}

/** The values in their first order, each once. */
export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

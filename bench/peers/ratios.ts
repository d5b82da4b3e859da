import type { PeerResult } from "./results.ts";

/** The name of this project among the peers. */
export const OURS = "everyclass";

/** Finds the result of a workload in a peer. */
export function findResult(
  rows: readonly PeerResult[],
  workload: string,
  peer: string,
): PeerResult | undefined {
  return rows.find((row) => row.workload === workload && row.peer === peer);
}

/** Divides a peer's time for all these workloads by ours: above 1 we are faster; null where a time is missing. */
export function ratioOf(
  rows: readonly PeerResult[],
  workloads: readonly string[],
  peer: string,
): number | null {
  const ours = msOf(rows, workloads, OURS), theirs = msOf(rows, workloads, peer);
  return ours === null || theirs === null ? null : theirs / ours;
}

/** Adds up the milliseconds of these workloads in a peer; null where a time is missing. */
export function msOf(rows: readonly PeerResult[], workloads: readonly string[], peer: string): number | null {
  const times = workloads.map((workload) => findResult(rows, workload, peer)?.ms ?? null);
  return times.reduce((sum, ms) => sum === null || ms === null ? null : sum + ms, 0);
}

/** Names the workloads in which every peer that has a result differs from ours: ours is likely to be wrong. */
export function agreedByNone(rows: readonly PeerResult[]): string[] {
  const peers = rows.filter(({ peer, agrees }) => peer !== OURS && agrees !== null);
  const agreed = new Set(peers.filter(({ agrees }) => agrees).map(({ workload }) => workload));
  return unique(peers.map(({ workload }) => workload)).filter((workload) => !agreed.has(workload));
}

/** Drops repeated values and keeps the order. */
export function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

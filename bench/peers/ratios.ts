import type { PeerResult } from "./results.ts";

/** The name of this project among the peers. */
export const OURS = "everyclass";

/** Finds the row of a workload in a peer. */
export function findResult(
  rows: readonly PeerResult[],
  workload: string,
  peer: string,
): PeerResult | undefined {
  return rows.find((row) => row.workload === workload && row.peer === peer);
}

/** Tells whether a row has a time that counts: that of a different result does not. */
function counts({ ms, agrees }: PeerResult): boolean {
  return ms !== null && agrees !== false;
}

/** The faster of two rows; a time that counts goes before one that does not, and any time before none. */
function better(a: PeerResult, b: PeerResult): PeerResult {
  if (counts(a) !== counts(b)) return counts(a) ? a : b;
  return (b.ms ?? Infinity) < (a.ms ?? Infinity) ? b : a;
}

/** Keeps of each workload and peer the row of the peer's best setting. */
export function bestSettings(rows: readonly PeerResult[]): PeerResult[] {
  const groups = Map.groupBy(rows, ({ workload, peer }) => JSON.stringify([workload, peer]));
  return [...groups.values()].map((group) => group.reduce(better));
}

/** Finds the fastest peer beside us whose products have 24 bits as ours do; null where no peer has a time that counts. */
export function bestPeer(rows: readonly PeerResult[], workload: string): PeerResult | null {
  const others = rows.filter((row) =>
    row.workload === workload && row.peer !== OURS && counts(row) && (row.precision ?? "f32") === "f32"
  );
  return others.length === 0 ? null : others.reduce(better);
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

/** The name of a peer with its setting, where it has several. */
export function fullName({ peer, setting }: Pick<PeerResult, "peer" | "setting">): string {
  return setting === undefined ? peer : `${peer}, ${setting}`;
}

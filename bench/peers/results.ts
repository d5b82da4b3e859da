import type { Workload } from "./workloads.ts";

/** The result of a workload in a peer. */
export interface PeerResult {
  workload: string;
  peer: string;
  /** Milliseconds of one run, the best of several tries; null without a time. */
  ms: number | null;
  /** Amount of the workload a second; null without a time. */
  rate: number | null;
  unit: string;
  /** True where the peer's samples agree with ours; null where either side has no samples. */
  agrees: boolean | null;
  /** Why there is no time, or how the workload ran. */
  why?: string;
}

/** Divides the amount of a workload by its time. @returns Amount a second. */
export function rateOf({ amount }: Workload, ms: number): number {
  return amount / ms * 1000;
}

/**
 * Tells whether a peer's samples equal ours within the workload's tolerance. NaN agrees with nothing, nor does null, which
 * JSON makes of it and which counts as 0.
 */
export function samplesAgree(
  { check }: Workload,
  ours: readonly number[],
  theirs: readonly number[],
): boolean {
  const level = Math.sqrt(ours.reduce((sum, value) => sum + value ** 2, 0) / ours.length);
  return theirs.length === ours.length && [...ours, ...theirs].every(Number.isFinite) &&
    theirs.every((v, i) => Math.abs(v - ours[i]) <= check * level);
}

/** The results of a run of the comparison, as they are written to JSON. */
export interface Comparison {
  /** Start of the run, ISO 8601. */
  date: string;
  /** The adapter of WebGPU. */
  adapter: string;
  rows: PeerResult[];
}

import type { Ceiling } from "../kernels/ceiling.ts";
import { WORKLOADS } from "./workload_list.ts";
import type { Precision, Workload } from "./workloads.ts";

/** The result of a workload in a peer. */
export interface PeerResult {
  workload: string;
  peer: string;
  /** The way in which the peer ran, where it has several. */
  setting?: string | undefined;
  /** Precision that the peer's products are rounded to, where that is not `f32`. */
  precision?: Precision;
  /** Milliseconds of one run, the best of several tries; null without a time. */
  ms: number | null;
  /** Amount of the workload a second; null without a time. */
  rate: number | null;
  unit: string;
  /** True where the peer's samples agree with ours; null where either side has no samples. */
  agrees: boolean | null;
  /** Our rate over the most that the adapter can do; of other peers, which run elsewhere, none. */
  ofBound?: number;
  /** Why there is no time, or how the workload ran. */
  why?: string;
}

/** Divides the amount of a workload by its time. @returns Amount a second. */
export function rateOf({ amount }: Workload, ms: number): number {
  return amount / ms * 1000;
}

/**
 * Tolerances of TF32, in root mean squares of the result. On a processor, operands of products rounded to 11 bits, the
 * samples differed by up to 8e-4 (single products), 1e-3 (inference) and 0.35 (the momentum after a training step, where
 * relu decides otherwise about values near 0).
 */
const TF32 = { single: 3e-3, inference: 1e-2, training: 1 };

/** The largest difference of a peer's samples from ours, in root mean squares of ours. */
export function toleranceOf(workload: Workload, precision: Precision = "f32"): number {
  if (precision === "f32") return workload.check;
  return Math.max(workload.check, TF32[workload.kind === "network" ? workload.pass : "single"]);
}

/**
 * Tells whether a peer's samples equal ours within a tolerance. NaN agrees with nothing, nor does null, which JSON makes of
 * it and which counts as 0.
 *
 * @param tolerance In root mean squares of our samples.
 */
export function samplesAgree(tolerance: number, ours: readonly number[], theirs: readonly number[]): boolean {
  const level = Math.sqrt(ours.reduce((sum, value) => sum + value ** 2, 0) / ours.length);
  return theirs.length === ours.length && [...ours, ...theirs].every(Number.isFinite) &&
    theirs.every((v, i) => Math.abs(v - ours[i]) <= tolerance * level);
}

/** The results of a run of the comparison, as they are written to JSON. */
export interface Comparison {
  /** Start of the run, ISO 8601. */
  date: string;
  /** The adapter of WebGPU. */
  adapter: string;
  /** The most that the adapter can do, measured in the same run; null where it was not. */
  ceiling: Ceiling | null;
  rows: PeerResult[];
}

/** Reads a comparison as JSON has it. @param path For the error. @throws {SyntaxError} on another file. */
export function parseComparison(text: string, path: string): Comparison {
  const { date, adapter, ceiling, rows } = JSON.parse(text) as Partial<Comparison>;
  if (date !== undefined && adapter !== undefined && ceiling !== undefined && Array.isArray(rows)) {
    return { date, adapter, ceiling, rows };
  }
  throw new SyntaxError(`Cannot add to ${path}: it takes a table of an earlier run, current is another file`);
}

/**
 * Puts rows beside those of an earlier run, in the order of the workloads; the main job comes last.
 *
 * @param earlier Rows of workloads that have none in `rows`; others are left out.
 */
export function inOrder(rows: readonly PeerResult[], earlier: readonly PeerResult[]): PeerResult[] {
  const renewed = new Set(rows.map(({ workload }) => workload));
  const all = [...earlier.filter(({ workload }) => !renewed.has(workload)), ...rows];
  const places = new Map(WORKLOADS.map(({ name }, place) => [name, place]));
  const placeOf = ({ workload }: PeerResult) => places.get(workload) ?? places.size;
  return all.sort((a, b) => placeOf(a) - placeOf(b));
}

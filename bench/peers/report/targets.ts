import { MAIN_JOB_TARGETS, mainJobName } from "../main_job/report.ts";
import { distinct, msOf, OURS, ratioOf, rowOf } from "../ratios.ts";
import { TORCH_CPU, TORCH_CUDA } from "../torch/torch.ts";
import { type Row, type Workload, WORKLOADS } from "../workloads.ts";

/** What is wanted: to be so many times as fast as a peer, or to take no more than a time. */
export type Target = RatioTarget | TimeTarget;

interface Wanted {
  /** What is held against it. */
  name: string;
  /** Its workloads: their times are added. */
  workloads: readonly string[];
}

/** How many times faster than a peer we want to be. */
export interface RatioTarget extends Wanted {
  peer: string;
  /** The peer's time over ours, at least. */
  atLeast: number;
  /** How far our rate may be below the peer's, where it is a figure of merit and not of speed. */
  rateWithin?: number;
}

/** How fast we want to be. */
export interface TimeTarget extends Wanted {
  /** Seconds of ours, at most. */
  withinS: number;
}

/** What came of a target; null where it was not measured, or the results differ. */
export interface Reached {
  ratio: number | null;
  /** The peer's rate less ours. */
  below: number | null;
  /** Ours, where they are what counts. */
  seconds?: number | null;
  met: boolean | null;
}

/** Holds a target against what was measured. */
export function reached(rows: readonly Row[], target: Target): Reached {
  const { workloads } = target;
  if ("withinS" in target) {
    const ms = msOf(rows, workloads, OURS);
    const seconds = ms === null ? null : ms / 1000;
    return { ratio: null, below: null, seconds, met: seconds === null ? null : seconds <= target.withinS };
  }
  const { peer, atLeast, rateWithin } = target;
  const ratio = ratioOf(rows, workloads, peer);
  const rate = (peer: string) => rowOf(rows, workloads[0], peer)?.rate ?? null;
  const [ours, theirs] = [rate(OURS), rate(peer)];
  const below = rateWithin === undefined || ours === null || theirs === null ? null : theirs - ours;
  // A time for another result is none.
  const differs = workloads.some((workload) => rowOf(rows, workload, peer)?.agrees === false);
  if (ratio === null || differs) return { ratio, below, met: null };
  if (ratio < atLeast) return { ratio, below, met: false };
  if (rateWithin === undefined) return { ratio, below, met: true };
  return { ratio, below, met: below === null ? null : below <= rateWithin };
}

const JAX = "jax-js webgpu";

/** The names of the workloads that are so. */
function named(wanted: (workload: Workload) => boolean): string[] {
  return WORKLOADS.filter(wanted).map(({ name }) => name);
}

/** One target for each workload. */
function each(workloads: readonly string[], peer: string, atLeast: number): RatioTarget[] {
  return workloads.map((name) => ({ name, workloads: [name], peer, atLeast }));
}

const matmuls = (...sizes: number[]) => named((w) => w.kind === "matmul" && sizes.includes(w.n));
const network = (name: string, pass: string) =>
  named((w) => w.kind === "network" && w.network === name && w.pass === pass);

/** A 3x3 convolution of ResNet-32 that keeps its channels. */
const small = (channels: number, passes: string[]) =>
  named((w) =>
    w.kind === "conv" && w.batch === 128 && w.inC === channels && w.outC === channels &&
    passes.includes(w.pass)
  );

/** What is wanted of the `lane` kernels on a software adapter with two cores. */
export const SOFTWARE_TARGETS: readonly Target[] = [
  ...each(matmuls(512, 1024), JAX, 20),
  ...[16, 32, 64].flatMap((channels) => each(small(channels, ["forward"]), JAX, 16)),
  ...[16, 32, 64].map((channels) => ({
    name: `conv 3x3 by images and by weight, ${channels} channels`,
    workloads: small(channels, ["images", "weight"]),
    peer: JAX,
    atLeast: 16,
  })),
  ...each(named((w) => w.kind === "batch_norm" && w.pass === "forward"), JAX, 8),
  ...each(named((w) => w.kind === "loss" && w.classes === 1000), JAX, 10),
  ...each(network("resnet32", "inference"), JAX, 15),
  ...each(network("resnet32", "inference"), TORCH_CPU, 0.25),
  ...each(network("resnet32", "training"), JAX, 18),
  ...each(network("resnet32", "training"), TORCH_CPU, 0.2),
  ...MAIN_JOB_TARGETS.map(({ views, faster, hWithin }) => ({
    name: mainJobName(views),
    workloads: [mainJobName(views)],
    peer: TORCH_CPU,
    atLeast: faster,
    rateWithin: hWithin,
  })),
];

/** What is wanted of the `tile` kernels on a discrete GPU, beside PyTorch with CUDA. */
export const GPU_TARGETS: readonly Target[] = [
  ...each(matmuls(4096), TORCH_CUDA, 0.6),
  ...each(named((w) => w.kind === "conv" && w.batch === 32), TORCH_CUDA, 0.5),
  ...each(network("resnet32", "training"), TORCH_CUDA, 1),
  { name: mainJobName("fresh"), workloads: [mainJobName("fresh")], withinS: 60 },
];

/** Those whose workloads and peer are among the rows. */
export function targetsOf(targets: readonly Target[], rows: readonly Row[]): Target[] {
  const workloads = distinct(rows.map(({ workload }) => workload));
  return targets.filter((target) =>
    target.workloads.every((name) => workloads.includes(name)) &&
    ("withinS" in target || rows.some(({ peer }) => peer === target.peer))
  );
}

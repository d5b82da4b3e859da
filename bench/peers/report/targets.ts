import { MAIN_JOB_TARGETS, mainJobName } from "../main_job/report.ts";
import { findResult, msOf, OURS, ratioOf, unique } from "../ratios.ts";
import { TORCH_CPU, TORCH_CUDA } from "../torch/torch.ts";
import type { PeerResult } from "../results.ts";
import { WORKLOADS } from "../workload_list.ts";
import type { Workload } from "../workloads.ts";

/** A target: to be so many times as fast as a peer, or to take no more than a time. */
export type Target = RatioTarget | TimeTarget;

interface TargetBase {
  /** Name of the target, for the report. */
  name: string;
  /** Workloads whose times are added up. */
  workloads: readonly string[];
}

/** A target beside a peer. */
interface RatioTarget extends TargetBase {
  peer: string;
  /** The peer's time over ours, at least. */
  atLeast: number;
  /** Most that our rate may be below the peer's, where the rate is a figure of merit and not of speed. */
  rateWithin?: number;
}

/** A target by the clock. */
interface TimeTarget extends TargetBase {
  /** Most seconds that we may take. */
  withinS: number;
}

/** The outcome of a target; null where it was not measured, or the results differ. */
interface TargetOutcome {
  ratio: number | null;
  /** The peer's rate less ours. */
  below: number | null;
  /** Our seconds, of a target by the clock. */
  seconds?: number | null;
  met: boolean | null;
}

/** Checks a target against the results. */
export function checkTarget(rows: readonly PeerResult[], target: Target): TargetOutcome {
  const { workloads } = target;
  if ("withinS" in target) {
    const ms = msOf(rows, workloads, OURS);
    const seconds = ms === null ? null : ms / 1000;
    return { ratio: null, below: null, seconds, met: seconds === null ? null : seconds <= target.withinS };
  }
  const { peer, atLeast, rateWithin } = target;
  const ratio = ratioOf(rows, workloads, peer);
  const rate = (peer: string) => findResult(rows, workloads[0], peer)?.rate ?? null;
  const [ours, theirs] = [rate(OURS), rate(peer)];
  const below = rateWithin === undefined || ours === null || theirs === null ? null : theirs - ours;
  // The time of a different result does not count.
  const differs = workloads.some((workload) => findResult(rows, workload, peer)?.agrees === false);
  if (ratio === null || differs) return { ratio, below, met: null };
  if (ratio < atLeast) return { ratio, below, met: false };
  if (rateWithin === undefined) return { ratio, below, met: true };
  return { ratio, below, met: below === null ? null : below <= rateWithin };
}

const JAX = "jax-js webgpu";

/** Names the workloads that pass a test. */
function workloadNames(wanted: (workload: Workload) => boolean): string[] {
  return WORKLOADS.filter(wanted).map(({ name }) => name);
}

/** Makes a target for each workload. */
function oneTargetEach(workloads: readonly string[], peer: string, atLeast: number): RatioTarget[] {
  return workloads.map((name) => ({ name, workloads: [name], peer, atLeast }));
}

const matmuls = (...sizes: number[]) => workloadNames((w) => w.kind === "matmul" && sizes.includes(w.n));
const network = (name: string, pass: string) =>
  workloadNames((w) => w.kind === "network" && w.network === name && w.pass === pass);

/** Names the 3x3 convolutions of ResNet-32 with as many channels in as out. */
const sameWidthConvs = (channels: number, passes: string[]) =>
  workloadNames((w) =>
    w.kind === "conv" && w.batch === 128 && w.inC === channels && w.outC === channels &&
    passes.includes(w.pass)
  );

/** Targets of the `lane` kernels on a software adapter with two cores. */
export const SOFTWARE_TARGETS: readonly Target[] = [
  ...oneTargetEach(matmuls(512, 1024), JAX, 20),
  ...[16, 32, 64].flatMap((channels) => oneTargetEach(sameWidthConvs(channels, ["forward"]), JAX, 16)),
  ...[16, 32, 64].map((channels) => ({
    name: `conv 3x3 by images and by weight, ${channels} channels`,
    workloads: sameWidthConvs(channels, ["images", "weight"]),
    peer: JAX,
    atLeast: 16,
  })),
  ...oneTargetEach(workloadNames((w) => w.kind === "batch_norm" && w.pass === "forward"), JAX, 8),
  ...oneTargetEach(workloadNames((w) => w.kind === "loss" && w.classes === 1000), JAX, 10),
  ...oneTargetEach(network("resnet32", "inference"), JAX, 15),
  ...oneTargetEach(network("resnet32", "inference"), TORCH_CPU, 0.25),
  ...oneTargetEach(network("resnet32", "training"), JAX, 18),
  ...oneTargetEach(network("resnet32", "training"), TORCH_CPU, 0.2),
  ...MAIN_JOB_TARGETS.map(({ views, faster, hWithin }) => ({
    name: mainJobName(views),
    workloads: [mainJobName(views)],
    peer: TORCH_CPU,
    atLeast: faster,
    rateWithin: hWithin,
  })),
];

/** Targets of the `tile` kernels on a discrete GPU, beside PyTorch with CUDA. */
export const GPU_TARGETS: readonly Target[] = [
  ...oneTargetEach(matmuls(4096), TORCH_CUDA, 0.6),
  ...oneTargetEach(workloadNames((w) => w.kind === "conv" && w.batch === 32), TORCH_CUDA, 0.5),
  ...oneTargetEach(network("resnet32", "training"), TORCH_CUDA, 1),
  { name: mainJobName("fresh"), workloads: [mainJobName("fresh")], withinS: 60 },
];

/** Picks the targets whose workloads and peer have results. */
export function targetsOf(targets: readonly Target[], rows: readonly PeerResult[]): Target[] {
  const workloads = unique(rows.map(({ workload }) => workload));
  return targets.filter((target) =>
    target.workloads.every((name) => workloads.includes(name)) &&
    ("withinS" in target || rows.some(({ peer }) => peer === target.peer))
  );
}

import { mainJobName } from "../main_job/report.ts";
import { markdownTable } from "../markdown_table.ts";
import { findResult, msOf, OURS, ratioOf, unique } from "../ratios.ts";
import { TORCH_CUDA } from "../torch/torch.ts";
import type { PeerResult } from "../results.ts";
import { WORKLOADS } from "../workload_list.ts";
import type { Workload } from "../workloads.ts";
import { threeDigits } from "./numbers.ts";

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
}

/** A target by the clock. */
interface TimeTarget extends TargetBase {
  /** Most seconds that we may take. */
  withinS: number;
}

/** The outcome of a target; null where it was not measured, or the results differ. */
interface TargetOutcome {
  ratio: number | null;
  /** Our seconds, of a target by the clock. */
  seconds?: number | null;
  met: boolean | null;
}

/** Checks a target against the results of the best settings. */
export function checkTarget(rows: readonly PeerResult[], target: Target): TargetOutcome {
  const { workloads } = target;
  if ("withinS" in target) {
    const ms = msOf(rows, workloads, OURS);
    const seconds = ms === null ? null : ms / 1000;
    return { ratio: null, seconds, met: seconds === null ? null : seconds <= target.withinS };
  }
  const { peer, atLeast } = target;
  const ratio = ratioOf(rows, workloads, peer);
  // The time of a different result does not count.
  const differs = workloads.some((workload) => findResult(rows, workload, peer)?.agrees === false);
  return { ratio, met: ratio === null || differs ? null : ratio >= atLeast };
}

/** Writes targets with their outcomes. @param rows Rows of the best settings. */
export function targetTable(rows: readonly PeerResult[], targets: readonly Target[]): string {
  return markdownTable(
    ["workload", "against", "at least", "measured", ""],
    targets.map((target) => {
      const { ratio, seconds = null, met } = checkTarget(rows, target);
      const verdict = met === null ? "not measured" : met ? "met" : "not met";
      const { name } = target;
      if ("withinS" in target) {
        const found = seconds === null ? "–" : `${threeDigits(seconds)} s`;
        return [name, "the clock", `at most ${target.withinS} s`, found, verdict];
      }
      const found = ratio === null ? "–" : `${threeDigits(ratio)}x`;
      const differs = ratio !== null && met === null;
      return [name, target.peer, `${target.atLeast}x`, found, differs ? "results differ" : verdict];
    }),
  );
}

/** Names the workloads that pass a test. */
function workloadNames(wanted: (workload: Workload) => boolean): string[] {
  return WORKLOADS.filter(wanted).map(({ name }) => name);
}

/** Makes a target for each workload. */
function oneTargetEach(workloads: readonly string[], peer: string, atLeast: number): RatioTarget[] {
  return workloads.map((name) => ({ name, workloads: [name], peer, atLeast }));
}

/** Targets of the `tile` kernels on a discrete GPU, beside PyTorch with CUDA in 32-bit floats. */
export const GPU_TARGETS: readonly Target[] = [
  ...oneTargetEach(workloadNames((w) => w.kind === "matmul" && w.n === 4096), TORCH_CUDA, 0.6),
  ...oneTargetEach(workloadNames((w) => w.kind === "conv" && w.batch === 32), TORCH_CUDA, 0.5),
  ...oneTargetEach(workloadNames((w) => w.name.startsWith("resnet32 training")), TORCH_CUDA, 1),
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

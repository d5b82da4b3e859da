import type { PlanStep } from "./step.ts";
import { dispatchesOf } from "./trace.ts";

/**
 * Most operations, or bytes, of a submit, about half a second of a slow integrated GPU (100 GFLOP/s, 20 GB/s). Systems reset
 * a GPU whose work takes longer than they bear, Windows after 2 seconds, and then the device is lost.
 */
const [MOST_FLOPS, MOST_BYTES] = [5e10, 1e10];

/** Steps that are submitted together. */
export interface Submission {
  readonly steps: readonly PlanStep[];
  /** Their work, as a share of what a slow GPU does in half a second. */
  readonly share: number;
  /** Pipelines that run for the first time: many drivers compile them then, for up to seconds each. */
  readonly fresh: readonly GPUComputePipeline[];
}

/**
 * Steps cut into submissions that keep the device for about half a second. A step is not cut: one that takes longer is
 * alone.
 *
 * @param most Largest share of a submission; less than 1 on a device that is slower than a slow GPU.
 * @param isFresh Tells whether a pipeline has not run yet: a submission holds one fresh pipeline at most.
 */
export function inSubmits(
  steps: readonly PlanStep[],
  most = 1,
  isFresh: (pipeline: GPUComputePipeline) => boolean = () => false,
): Submission[] {
  const runs: { steps: PlanStep[]; share: number; fresh: GPUComputePipeline[] }[] = [];
  const compiled = new Set<GPUComputePipeline>();
  dispatchesOf(steps).forEach(({ flops, bytes }, i) => {
    const step = steps[i];
    const share = flops / MOST_FLOPS + bytes / MOST_BYTES;
    const fresh = step.kind === "dispatch" && isFresh(step.pipeline) && !compiled.has(step.pipeline);
    let run = runs.at(-1);
    if (!run || run.share + share > most || fresh && run.fresh.length > 0) {
      runs.push(run = { steps: [], share: 0, fresh: [] });
    }
    run.steps.push(step);
    run.share += share;
    if (!fresh) return;
    compiled.add(step.pipeline);
    run.fresh.push(step.pipeline);
  });
  return runs;
}

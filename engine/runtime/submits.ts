import type { Step } from "./step.ts";
import { dispatchesOf } from "./trace.ts";

/**
 * Most operations, or bytes, of a submit, about half a second of a slow integrated GPU (100 GFLOP/s, 20 GB/s). Systems reset
 * a GPU whose work takes longer than they bear, Windows after 2 seconds, and then the device is lost.
 */
const [MOST_FLOPS, MOST_BYTES] = [5e10, 1e10];

/**
 * Steps cut into runs of steps that are submitted one by one, so that none keeps the GPU long. A step is not cut: one that
 * takes longer is alone. A fast GPU is done with such a run in milliseconds, and a submit waits for nothing.
 */
export function inSubmits(steps: readonly Step[]): Step[][] {
  const runs: Step[][] = [];
  let room = 0;
  dispatchesOf(steps).forEach(({ flops, bytes }, i) => {
    const share = flops / MOST_FLOPS + bytes / MOST_BYTES;
    if (runs.length === 0 || share > room) {
      runs.push([]);
      room = 1;
    }
    runs.at(-1)!.push(steps[i]);
    room -= share;
  });
  return runs;
}

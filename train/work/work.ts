import type { FeatureRows } from "../features/rows.ts";
import type { EpochRow } from "../results/records.ts";
import type { State } from "../setup/setup.ts";

/** All that a run has worked out so far: what an interrupted run needs to go on as if nothing had happened. */
export interface Work {
  /** Features of the test images by the stage-1 backbone. */
  testFeatures: FeatureRows | null;
  /** Features of the training images, a stored view each. */
  views: FeatureRows[];
  /** The classifier after the last whole epoch, and its momenta. */
  classifier: State | null;
  /** Running statistics in the network's order, once they were updated. */
  statistics: Float32Array[] | null;
  /** A row for every whole epoch. */
  epochs: EpochRow[];
  /** How long it took. */
  seconds: { stage1: number; evaluate: number; features: number; retrain: number; total: number };
}

/** Nothing worked out yet. */
export function newWork(): Work {
  return {
    testFeatures: null,
    views: [],
    classifier: null,
    statistics: null,
    epochs: [],
    seconds: { stage1: 0, evaluate: 0, features: 0, retrain: 0, total: 0 },
  };
}

/** Seconds between two calls of `lap`. */
export function stopwatch(): { lap(): number } {
  let last = performance.now();
  return {
    lap() {
      const now = performance.now();
      const seconds = (now - last) / 1000;
      last = now;
      return seconds;
    },
  };
}

import type { MemoryRows } from "../features/memory.ts";
import type { FeatureRows } from "../features/rows.ts";
import type { ViewPart } from "../features/view_part.ts";
import type { EpochRow } from "../results/records.ts";
import type { State } from "../setup/setup.ts";

/** All that a run has worked out so far: what an interrupted run needs to go on as if nothing had happened. */
export interface Work {
  /** The trainer's state after the last step, or the part of the state that has changed; null before the first step. */
  state: State | null;
  /** Steps of the epoch under way that are in the state. */
  step: number;
  /** Logits [looks, test images, classes] of the model that the run began with. */
  before: Float32Array | null;
  /** Features of the test images by the stage-1 backbone, one element a look at them; `finetune` alone has them. */
  testFeatures: FeatureRows[];
  /** Features of the training images, one element a stored view; `finetune` alone has them. */
  views: FeatureRows[];
  /** The pass over images that was cut off, or whose view the epoch under way takes; null without. */
  part: ViewPart | null;
  /** Whole passes over images by the trained network, and trials, by name: logits or predicted classes, a row an image. */
  passes: Map<string, MemoryRows>;
  /** A row for every whole epoch. */
  epochs: EpochRow[];
  /** Time spent on the work so far. */
  seconds: Seconds;
}

/** Time of each part of a run. */
export interface Seconds {
  /** Training a stage 1 that was missing. */
  stage1: number;
  evaluate: number;
  /** Computing features of training images. */
  features: number;
  train: number;
  /** The part of `train` that belongs to the epoch under way. */
  epoch: number;
  total: number;
}

/** Nothing worked out yet. */
export function newWork(): Work {
  return {
    state: null,
    step: 0,
    before: null,
    testFeatures: [],
    views: [],
    part: null,
    passes: new Map(),
    epochs: [],
    seconds: { stage1: 0, evaluate: 0, features: 0, train: 0, epoch: 0, total: 0 },
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

/** The values for a checkpoint: the network's part of a state over the weights that the run began with. */
export function networkState(start: State, state: State | null): State {
  return new Map([...start].map(([name, values]) => [name, state?.get(name) ?? values]));
}

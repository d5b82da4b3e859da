import type { Batch } from "../data/mod.ts";
import type { Feeds, Forward, Parameters, Tensor } from "../engine/mod.ts";
import { pacoMethod } from "./paco_method.ts";
import { plainMethod } from "./plain_method.ts";
import type { Setup, State } from "./setup.ts";
import type { TrainConfig } from "./train_schema.ts";

/** What a step depends on besides its batch. */
export interface StepTime {
  /** From 0. */
  epoch: number;
  /** From 0, in its epoch. */
  step: number;
  lr: number;
  /** A weight for each class. */
  weights: Float32Array;
}

/** A step of training but for its optimiser. */
export interface StepGraph {
  /** A scalar. */
  loss: Tensor;
  /** [size], 1 where the label is right. */
  hits: Tensor;
  /** Effects before the optimiser's, such as those of the running statistics. */
  before: readonly Tensor[];
  /** Effects that see the weights after the optimiser's. */
  after: readonly Tensor[];
}

/** A step in two, the features between them: what goes image by image, and what takes all images of a batch. */
export interface Phases {
  /** F. */
  readonly width: number;
  /** The weights of the second of them, neighbours among those that are trained. */
  readonly head: readonly Tensor[];
  /** Features [size, F] of so many images, and effects on the running statistics. */
  encode(size: number): Forward;
  /** What follows of all features [B, F] of a batch: its loss [] and hits [B]. */
  judge(features: Tensor): { loss: Tensor; hits: Tensor };
}

/** A way to train a network: what is trained, what a step keeps besides, and how it is computed. */
export interface Method extends Disposable {
  /** What the optimiser changes. */
  readonly weights: Parameters;
  /** What else a step changes, the network's running statistics among it. The method owns all but those. */
  readonly stores: readonly Parameters[];
  /** The values that weights and stores begin with. @param network Those of the network. */
  fresh(network: State): State;
  /** A step on a batch of this size. */
  graph(size: number): StepGraph;
  /** The same step in two, so that a batch may be split; or why it may not. */
  readonly phases: Phases | string;
  /** The values of that graph's inputs. */
  feeds(batch: Batch, time: StepTime): Feeds;
}

/** The method that a config asks for. */
export function methodOf(setup: Setup, config: TrainConfig): Method {
  return config.paco === null ? plainMethod(setup, config) : pacoMethod(setup, config, config.paco);
}

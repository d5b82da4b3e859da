import type { Forward, Parameters, Shaped, Tensor } from "../../engine/mod.ts";
import type { State } from "../setup/setup.ts";
import type { Inputs, Values } from "../features/inputs.ts";

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
  /** Names of the inputs that the first of them takes. */
  readonly encoded: readonly string[];
  /** Features [size, F] of images, and effects on the running statistics. */
  encode(inputs: Inputs): Forward;
  /** What follows of all features [B, F] of a batch: its loss [] and hits [B]. */
  judge(features: Tensor, inputs: Inputs): { loss: Tensor; hits: Tensor };
}

/** A batch of samples: images, or features of them. */
export interface Sized {
  /** How many samples. */
  count: number;
}

/** A way to train a network on batches of a kind: what is trained, what a step keeps besides, and how it is computed. */
export interface Method<B extends Sized> extends Disposable {
  /** What the optimiser changes. */
  readonly weights: Parameters;
  /** What else a step changes, the network's running statistics among it. The method owns all but those. */
  readonly stores: readonly Parameters[];
  /** The values that weights and stores begin with. @param network Those of the network. */
  fresh(network: State): State;
  /** Shapes of the inputs of a step on so many images. */
  inputs(count: number): Readonly<Record<string, Shaped>>;
  /** A step on a batch. */
  graph(inputs: Inputs): StepGraph;
  /** The same step in two, so that a batch may be split; or why it may not. */
  readonly phases: Phases | string;
  /** The values of those inputs. */
  values(batch: B, time: StepTime): Values;
}

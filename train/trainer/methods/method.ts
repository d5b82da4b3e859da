import type { Forward, Parameters, Shaped, Tensor } from "../../../engine/mod.ts";
import type { State } from "../../setup/setup.ts";
import type { Share } from "../../team/share.ts";
import type { Inputs, Values } from "../../features/inputs.ts";

/** The values that a step depends on besides its batch. */
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
  /** Effects before the optimiser's, such as updates of the running statistics. */
  before: readonly Tensor[];
  /** Effects that see the weights after the optimiser's. */
  after: readonly Tensor[];
}

/** A step in two phases, the features between them: the first goes image by image, the second takes the whole batch. */
export interface Phases {
  /** Length F of an image's features. */
  readonly width: number;
  /** The weights of the second phase, neighbours among the trained weights. */
  readonly head: readonly Tensor[];
  /** Names of the inputs that the first phase takes, a row for each image of this process. */
  readonly encoded: readonly string[];
  /** Features [size, F] of images of this process, and effects on the running statistics. */
  encode(inputs: Inputs): Forward;
  /** Loss [] and hits [B] of a batch, from the features [size, F] of this process's images. */
  judge(features: Tensor, inputs: Inputs): { loss: Tensor; hits: Tensor };
}

/** A batch of samples: images, or features of images. */
export interface Sized {
  /** Number of samples, of all processes. */
  count: number;
}

/** A way to train a network on batches of a kind: what is trained, what a step keeps besides, and how it is computed. */
export interface Method<B extends Sized> extends Disposable {
  /** The division of a batch among processes. */
  readonly share: Share;
  /** The weights whose gradients each process knows in full, as they judge the features of the whole batch. */
  readonly judging: readonly Tensor[];
  /** The weights that the optimiser changes. */
  readonly weights: Parameters;
  /** The other stores that a step changes. The method owns all but the network's running statistics. */
  readonly stores: readonly Parameters[];
  /** The values that weights and stores begin with. @param network Values of the network. */
  fresh(network: State): State;
  /** Shapes of the inputs of a step on so many samples. @param own This process's samples, or a part of them. */
  inputs(count: number, own: number): Readonly<Record<string, Shaped>>;
  /** A step on a batch. */
  graph(inputs: Inputs): StepGraph;
  /** The same step in two phases, so that a batch may be split; or in words why it may not. */
  readonly phases: Phases | string;
  /** Values of these inputs for a batch. */
  values(batch: B, time: StepTime): Values;
}

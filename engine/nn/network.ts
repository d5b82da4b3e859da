import type { Tensor } from "../graph/node.ts";
import type { Head } from "./heads.ts";
import type { ForwardOptions } from "./layers.ts";

/** The result of a forward pass. */
export interface Forward {
  /** [N, features]. */
  readonly features: Tensor;
  /** Updates of the running estimates, for a plan to make; without `training` there are none. */
  readonly updates: readonly Tensor[];
}

/** A backbone and its classifier, a description only: values live in {@link Parameters} stores. */
export interface Network {
  /** Such as `resnet32`. */
  readonly name: string;
  /** Length of a feature vector. */
  readonly features: number;
  /** Number of classes. */
  readonly classes: number;
  /** Prefixes of the names of the backbone's tensors, part by part from the first to the last. */
  readonly stages: readonly string[];
  /** Trainable tensors of the backbone. */
  readonly backbone: readonly Tensor[];
  /** Running estimates of its batch norms. */
  readonly statistics: readonly Tensor[];
  /** The last layer. */
  readonly classifier: Head;
  /**
   * A forward pass over normalised images [N, H, W, C]. By default, batch norms go by their running estimates; with
   * `training` by the batch.
   *
   * @throws {ShapeError} when the images are too small, or too few for norms that go by the batch.
   */
  forward(images: Tensor, options?: ForwardOptions): Forward;
}

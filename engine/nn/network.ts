import type { Tensor } from "../tensor.ts";
import type { Head } from "./heads.ts";
import type { Forward } from "./layers.ts";

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
  /** Features [N, features] of normalised images [N, H, W, C]. */
  forward(images: Tensor, forward: Forward): Tensor;
}

import type { Communicator } from "../graph/communicator.ts";
import type { Tensor } from "../graph/node.ts";
import { allReduce } from "../ops/collective/all_reduce.ts";
import { pack } from "../ops/shape/pack.ts";

/** Options of {@link reduceGradients}. */
export interface BucketOptions {
  /** Bytes of gradients that are added up together, or as many more as the last of them has; default 4 MiB. */
  bucketBytes?: number | undefined;
}

/**
 * Sum of gradients over the ranks, for an optimiser's step. Neighbours are added up together, those of the last layers
 * first, while the gradients of the layers before are computed.
 *
 * @param gradients In the order of a store whose first tensors are the first to be computed from.
 * @param communicator All its ranks build the same graph and run it together.
 * @returns One tensor, laid out as {@linkcode pack} does it. It is no mean: the loss is to count each sample once.
 *
 * @example
 * ```ts
 * import { type engine, grad, type Parameters, type Tensor } from "everyclass";
 * import { type Optimizer, reduceGradients } from "everyclass/optim";
 * // Effect of a step by the gradients of all processes.
 * function stepOf(loss: Tensor, weights: Parameters, optimizer: Optimizer, lr: Tensor, ranks: engine.Communicator) {
 *   return optimizer.step(reduceGradients(grad(loss, weights.tensors), ranks), lr);
 * }
 * ```
 */
export function reduceGradients(
  gradients: readonly Tensor[],
  communicator: Communicator,
  { bucketBytes = 4 * 2 ** 20 }: BucketOptions = {},
): Tensor {
  if (communicator.size === 1) return pack(gradients);
  const reduced = inBuckets(gradients, bucketBytes).map((bucket) => allReduce(pack(bucket), communicator));
  return reduced.length === 1 ? reduced[0] : pack(reduced);
}

/** Neighbours in buckets, filled from the last on, in the order given. */
function inBuckets(gradients: readonly Tensor[], bucketBytes: number): Tensor[][] {
  const buckets: Tensor[][] = [];
  let room = 0;
  for (const gradient of gradients.toReversed()) {
    if (room <= 0) {
      buckets.unshift([]);
      room = bucketBytes;
    }
    buckets[0].unshift(gradient);
    room -= gradient.size * 4;
  }
  return buckets;
}

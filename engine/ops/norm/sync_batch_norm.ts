import type { Communicator } from "../../graph/communicator.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import { batchNormTrainingOp } from "./batch_norm_training.ts";
import { channelMoments } from "./channel_moments.ts";
import { momentsOfRanks } from "./sync_moments.ts";

/**
 * Batch normalisation as {@link batchNormTraining} has it, by the statistics of a batch of which every rank has a part.
 * Its gradient by x goes through the statistics of all; those by gamma and beta are of the own part, to be added up with
 * all other gradients.
 *
 * @param x [N, ..., C]; ranks differ in N only. @param vectors gamma and beta [C].
 * @param communicator Two ranks or more, which build the same graph and run it together.
 * @returns y of the shape of x, and the moments [2, C] of all parts: mean and unbiased variance.
 * @throws {ShapeError} when the channels differ. Source: torch.nn.SyncBatchNorm.
 */
export function syncBatchNorm(
  x: Tensor,
  { gamma, beta }: { gamma: Tensor; beta: Tensor },
  communicator: Communicator,
  eps = 1e-5,
): { y: Tensor; unbiased: Tensor } {
  const { moments, unbiased } = momentsOfRanks(channelMoments(x), x, communicator);
  const attrs = { eps, relu: false, residual: false, communicator };
  return { y: apply(batchNormTrainingOp, [x, gamma, beta, moments], attrs), unbiased };
}

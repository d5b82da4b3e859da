import type { Communicator } from "../../graph/communicator.ts";
import { misfit, type Op, type Tensor } from "../../graph/node.ts";
import { slice } from "../shape/slice.ts";
import { hostOp, onHost } from "./to_host.ts";

interface AllGatherAttrs {
  readonly communicator: Communicator;
  /** Rows of each rank. */
  readonly rows: readonly number[];
}

/** `y = the rows of x of rank 0, then those of rank 1, ...`. */
const allGatherOp: Op<AllGatherAttrs> = hostOp({
  name: "all_gather",
  infer: ([{ shape: [, ...rest] }], { rows }) => ({ shape: [total(rows), ...rest], dtype: "f32" }),
  gradient: ({ attrs: { communicator: { rank }, rows } }, dy) => {
    const from = total(rows.slice(0, rank));
    return [slice(dy, [[from, from + rows[rank]]])];
  },
  host: ({ attrs: { communicator } }, values) => communicator.allGather(values),
});

const total = (rows: readonly number[]) => rows.reduce((a, b) => a + b, 0);

/**
 * Rows of all ranks, those of rank 0 first. Its gradient is dy of the own rows alone: every rank computes the whole loss
 * from the gathered rows, and it counts once.
 *
 * @param x f32 [own, ...].
 * @param communicator All its ranks build the same graph and run it together; alone, a rank gets x.
 * @param rows Number of rows of each rank, 1 or more. Ranks agree on them: a jitted function is to have an argument by
 * whose shape they are known, such as the labels of all ranks.
 * @returns [all, ...]. @throws {ShapeError} when x is not f32, or rows are not those of the ranks.
 *
 * @example
 * ```ts
 * import { type engine, ops, type Tensor, tensor } from "everyclass";
 * import { gmlLoss } from "everyclass/nn";
 * // A loss over the logits of all processes, each of which has a part of the batch.
 * function lossOf(logits: Tensor, labels: Tensor, ranks: engine.Communicator, rows: number[]) {
 *   return gmlLoss(ops.allGather(logits, ranks, rows), labels, tensor([Math.log(90), Math.log(10)]));
 * }
 * ```
 */
export function allGather(x: Tensor, communicator: Communicator, rows: readonly number[]): Tensor {
  const { rank, size } = communicator;
  if (rows.length !== size || x.shape[0] !== rows[rank]) {
    const takes = `x [${rows[rank]}, ...] on rank ${rank} of ${size}, whose rows are ${rows.join(", ")}`;
    throw misfit("all_gather", takes, [x], "the rows are those of another batch");
  }
  return size === 1 ? x : onHost(allGatherOp, x, { communicator, rows });
}

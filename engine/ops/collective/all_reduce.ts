import type { Communicator } from "../../graph/communicator.ts";
import type { Op, Tensor } from "../../graph/node.ts";
import { hostOp, onHost } from "./to_host.ts";

/** `y = sum of x over the ranks`. */
const allReduceOp: Op<{ communicator: Communicator }> = hostOp({
  name: "all_reduce",
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  gradient: ({ attrs: { communicator } }, dy) => [allReduce(dy, communicator)],
  async host({ attrs: { communicator } }, values) {
    await communicator.allReduce(values);
    return values;
  },
});

/**
 * Sum of a tensor over the ranks, the same bits on each. Its gradient is the sum of dy over the ranks: the loss is the sum
 * of what each rank adds to it.
 *
 * @param x f32, of one shape on all ranks.
 * @param communicator All its ranks build the same graph and run it together; alone, a rank gets x.
 * @returns The shape of x. @throws {ShapeError} when x is not f32. Source: torch.distributed.nn.functional.all_reduce.
 *
 * @example
 * ```ts
 * import { div, type engine, ops, sum, type Tensor, tensor } from "everyclass";
 * // Share of each value among those of all processes.
 * const shareOf = (x: Tensor, ranks: engine.Communicator) => div(x, ops.allReduce(sum(x), ranks));
 * const alone: engine.Communicator = {
 *   rank: 0,
 *   size: 1,
 *   allReduce: () => Promise.resolve(),
 *   allGather: (values) => Promise.resolve(values),
 *   broadcast: (bytes) => Promise.resolve(bytes),
 * };
 * console.log(await shareOf(tensor([1, 3]), alone).data()); // [0.25, 0.75]
 * ```
 */
export function allReduce(x: Tensor, communicator: Communicator): Tensor {
  return communicator.size === 1 ? x : onHost(allReduceOp, x, { communicator });
}

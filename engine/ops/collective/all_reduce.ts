import type { Communicator } from "../../graph/communicator.ts";
import { defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { checkAlone } from "./alone.ts";
import { HOST, onHost } from "./to_host.ts";

/** `y = sum of x over the ranks`. */
const allReduceOp: Op<{ communicator: Communicator }> = defineOp<{ communicator: Communicator }>({
  name: "all_reduce",
  ...HOST,
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  gradient: ({ attrs: { communicator } }, dy) => [allReduce(dy, communicator)],
  reference: ({ attrs: { communicator } }, [x]) => {
    checkAlone("all_reduce", communicator);
    return x;
  },
  async host({ attrs: { communicator } }, values) {
    await communicator.allReduce(values);
    return values;
  },
});

/**
 * Sum of a tensor over the ranks, with the same bits on each. Its gradient is the sum of dy over the ranks: the loss is
 * the sum of what each rank adds to it.
 *
 * @param x f32, of one shape on all ranks. @param communicator All its ranks build the same graph and run it together.
 * @returns The shape of x. @throws {ShapeError} when x is not f32. Source: torch.distributed.nn.functional.all_reduce.
 */
export function allReduce(x: Tensor, communicator: Communicator): Tensor {
  return onHost(allReduceOp, x, { communicator });
}

import type { Communicator } from "../../graph/communicator.ts";
import { defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { slice } from "../shape/slice.ts";
import { checkAlone } from "./alone.ts";
import { HOST, onHost } from "./to_host.ts";

interface AllGatherAttrs {
  readonly communicator: Communicator;
  /** Rows of each rank. */
  readonly rows: readonly number[];
}

/** `y = the rows of x of rank 0, then those of rank 1, ...`. */
const allGatherOp: Op<AllGatherAttrs> = defineOp<AllGatherAttrs>({
  name: "all_gather",
  ...HOST,
  infer: (inputs, { communicator: { rank, size }, rows }) => {
    const [{ shape: [own, ...rest] }] = inputs;
    if (rows.length !== size || own !== rows[rank]) {
      const takes = `x [${rows[rank]}, ...] on rank ${rank} of ${size}, whose rows are ${rows.join(", ")}`;
      throw misfit("all_gather", takes, inputs, "rows are those of each rank, this one's among them");
    }
    return { shape: [sum(rows), ...rest], dtype: "f32" };
  },
  gradient: ({ attrs: { communicator: { rank }, rows } }, dy) => {
    const from = sum(rows.slice(0, rank));
    return [slice(dy, [[from, from + rows[rank]]])];
  },
  reference: ({ attrs: { communicator } }, [x]) => {
    checkAlone("all_gather", communicator);
    return x;
  },
  host: ({ attrs: { communicator } }, values) => communicator.allGather(values),
});

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/**
 * Rows of all ranks, those of rank 0 first. Its gradient is dy of the own rows alone: every rank computes the whole loss
 * from the gathered rows, and it counts once.
 *
 * @param x f32 [own, ...]. @param communicator All its ranks build the same graph and run it together.
 * @param rows Number of rows of each rank, 1 or more.
 * @returns [all, ...]. @throws {ShapeError} when rows are not those of the ranks.
 */
export function allGather(x: Tensor, communicator: Communicator, rows: readonly number[]): Tensor {
  return onHost(allGatherOp, x, { communicator, rows });
}

import { misfit, type Tensor } from "../../graph/node.ts";
import { permute, permuteOp } from "./permute.ts";

/** Transpose of a matrix [M, N], or of each matrix of [..., M, N]. The transpose of a transpose is the tensor itself. */
export function transpose(x: Tensor): Tensor {
  const rank = x.shape.length;
  if (rank < 2) {
    throw misfit("transpose", "a matrix [M, N] or several [..., M, N]", [x], "it is not a matrix");
  }
  return permute(x, swapped(rank));
}

/** True for a tensor that is the transpose of another. */
export function isTranspose({ op, attrs, shape }: Tensor): boolean {
  if (op.name !== permuteOp.name) return false;
  const { axes } = attrs as { axes: readonly number[] };
  return swapped(shape.length).every((axis, n) => axis === axes[n]);
}

function swapped(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
}

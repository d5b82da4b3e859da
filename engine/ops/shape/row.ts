import code from "../../../shaders/shape/row.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { overVectors } from "../lowering/elementwise.ts";

/** `y = x[row, :]`. */
export const rowOp: Op<{ row: number }> = defineOp({
  name: "row",
  infer: (inputs, { row }) => {
    const { shape, dtype } = inputs[0];
    if (shape.length !== 2 || dtype !== "f32" || row >= shape[0]) {
      throw misfit("row", `f32 [R, C] with a row ${row}`, inputs, "rows count from 0");
    }
    return { shape: [shape[1]], dtype };
  },
  reference: ({ attrs: { row }, size }, [x]) => x.slice(row * size, (row + 1) * size),
  lower: (node) => ({
    kernels: [overVectors("row", code, node, ["x"], { constants: { ROW: node.attrs.row }, sizes: ["ROW"] })],
  }),
});

/** A row of a matrix [R, C] as a vector [C], counted from 0. @throws {ShapeError} when there is no such row. */
export function row(x: Tensor, at: number): Tensor {
  return apply(rowOp, [x], { row: at });
}

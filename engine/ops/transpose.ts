import code from "../../shaders/transpose.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { overVectors } from "./elementwise.ts";

/** `y[j, i] = x[i, j]`. */
export const transposeOp: Op<null> = defineOp<null>({
  name: "transpose",
  infer: (inputs) => {
    const [rows, cols] = inputs[0].shape;
    if (inputs[0].shape.length !== 2) {
      throw misfit("transpose", "a matrix [M, N]", inputs, "it is not a matrix");
    }
    return { shape: [cols, rows], dtype: "f32" as const };
  },
  gradient: (_, dy) => [transpose(dy)],
  reference: (node, [x]) => {
    const [rows, cols] = node.shape;
    return Float64Array.from({ length: node.size }, (_, at) => x[at % cols * rows + Math.floor(at / cols)]);
  },
  lower: (node) => {
    const constants = { ROWS: node.inputs[0].shape[0] };
    return { kernels: [overVectors("transpose", code, node, ["x"], { constants })] };
  },
});

/** The transpose of a matrix [M, N]; of a transpose, what it was made from. */
export function transpose(x: Tensor): Tensor {
  return x.op === transposeOp as Tensor["op"] ? x.inputs[0] : apply(transposeOp, [x], null);
}

import code from "../../shaders/expand_rows.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { ofChannels } from "./channels.ts";
import { overVectors } from "./elementwise.ts";
import { sumRows } from "./sum_rows.ts";

/** `y[b, c] = x[c]`. */
export const expandRowsOp: Op<{ rows: number }> = defineOp({
  name: "expand_rows",
  infer: (inputs, { rows }) => {
    const [{ shape, dtype }] = inputs;
    if (shape.length !== 1 || dtype !== "f32") {
      throw misfit("expand_rows", "a vector [C]", inputs, "a scalar wants expand");
    }
    return { shape: [rows, shape[0]], dtype };
  },
  gradient: (_, dy) => [sumRows(dy)],
  reference: ({ attrs, inputs: [x] }, [values]) =>
    Float64Array.from({ length: attrs.rows * x.size }, (_, i) => values[i % x.size]),
  lower: (node) => ({ kernels: [overVectors("expand_rows", code, node, ["x"], ofChannels(node.shape))] }),
});

/** A vector [C], repeated as the rows of a matrix [rows, C]. Source: torch.Tensor.expand. */
export function expandRows(x: Tensor, rows: number): Tensor {
  return apply(expandRowsOp, [x], { rows });
}

import code from "../../../shaders/shape/gather.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { grid2d } from "../lowering/elementwise.ts";
import { entriesView, vectorsOf } from "../lowering/entries.ts";
import { scatterAdd } from "./scatter_add.ts";

/** `y[b, ...] = table[indices[b], ...]`. */
const gatherOp: Op<null> = defineOp<null>({
  name: "gather",
  infer: (inputs) => {
    const [table, indices] = inputs;
    const fits = table.shape.length >= 1 && table.dtype === "f32" && indices.shape.length === 1 &&
      indices.dtype === "u32";
    if (!fits) {
      throw misfit("gather", "a table f32 [N, ...] and indices u32 [B]", inputs, "indices of another type");
    }
    return { shape: [indices.size, ...table.shape.slice(1)], dtype: "f32" };
  },
  gradient: ({ inputs: [table, indices] }, dy) => [scatterAdd(dy, indices, table.shape[0]), null],
  reference: ({ inputs: [table], size }, [values, indices]) => {
    const each = table.size / table.shape[0];
    return Float64Array.from(
      { length: size },
      (_, at) => values[indices[Math.floor(at / each)] * each + at % each],
    );
  },
  wants: ["any", "buffer"],
  lower: (node) => {
    const [table] = node.inputs;
    const { constants, workgroups } = grid2d(node.shape[0], vectorsOf(node.shape));
    return {
      kernels: [{
        label: "gather",
        code,
        bind: {
          table: { input: 0, view: entriesView(table.shape) },
          indices: { input: 1 },
          y: { output: true, view: entriesView(node.shape) },
        },
        includes: { grid },
        constants,
        workgroups,
      }],
    };
  },
});

/**
 * Entries of a table by their indices.
 *
 * @param table [N] or [N, ...]. @param indices u32 [B], each below N.
 * @returns [B, ...]; where an index repeats, the gradients of its entries add up, in order.
 * @throws {ShapeError} when they do not fit. Source: torch.index_select.
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  return apply(gatherOp, [table, indices], null);
}

import gatherCode from "../../../shaders/shape/gather.wgsl" with { type: "text" };
import scatterCode from "../../../shaders/shape/scatter_add.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { grid2d } from "../lowering/elementwise.ts";
import { entriesView, vectorsOf } from "../lowering/entries.ts";

// An op and its transpose: each is the gradient of the other.

/** Most entries that one invocation of a software adapter may look through. */
const MOST_ENTRIES = 65_535;

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
    const size = grid2d(node.shape[0], vectorsOf(node.shape));
    return {
      kernels: [{
        label: "gather",
        code: gatherCode,
        bind: {
          table: { input: 0, view: entriesView(table.shape) },
          indices: { input: 1 },
          y: { output: true, view: entriesView(node.shape) },
        },
        includes: { grid },
        ...size,
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

/** `y[n, ...] = sum of values[b, ...] over the b with indices[b] = n`. */
const scatterAddOp: Op<{ length: number }> = defineOp<{ length: number }>({
  name: "scatter_add",
  autocast: "f32",
  infer: (inputs, { length }) => {
    const [values, indices] = inputs;
    const fits = values.shape.length >= 1 && values.dtype === "f32" && indices.dtype === "u32" &&
      indices.shape.length === 1 && indices.size === values.shape[0];
    if (!fits) {
      throw misfit(
        "scatter_add",
        "values f32 [B, ...] and indices u32 [B]",
        inputs,
        "indices of another batch",
      );
    }
    return { shape: [length, ...values.shape.slice(1)], dtype: "f32" };
  },
  gradient: ({ inputs: [, indices] }, dy) => [gather(dy, indices), null],
  reference: ({ inputs: [{ shape: [entries], size: all }], size }, [values, indices]) => {
    const each = all / entries;
    const y = new Float64Array(size);
    values.forEach((value, at) => y[indices[Math.floor(at / each)] * each + at % each] += value);
    return y;
  },
  wants: ["any", "buffer"],
  lower: (node, { family }) => {
    const [values] = node.inputs;
    if (family === "lane" && values.shape[0] > MOST_ENTRIES) {
      throw new RangeError(
        `Cannot run ${node.describe()} on a software adapter: it takes at most ${MOST_ENTRIES} entries, current are ` +
          `${values.shape[0]}: add them up in parts`,
      );
    }
    const entries = { ENTRIES: values.shape[0] };
    const size = grid2d(node.shape[0], vectorsOf(node.shape), entries, ["ENTRIES"]);
    const kernel: Kernel = {
      label: "scatter_add",
      code: scatterCode,
      bind: {
        values: { input: 0, view: entriesView(values.shape) },
        indices: { input: 1 },
        y: { output: true, view: entriesView(node.shape) },
      },
      includes: { grid },
      ...size,
    };
    return { kernels: [kernel] };
  },
});

/**
 * Sums of the values of each index, in their order, without atomics: the gradient of {@link gather}.
 *
 * @param values [B] or [B, ...]. @param indices u32 [B], each below length. @param length Number of indices N.
 * @returns [N, ...], zero where an index does not occur.
 * @throws {ShapeError} when they do not fit. Source: torch.index_add.
 */
export function scatterAdd(values: Tensor, indices: Tensor, length: number): Tensor {
  return apply(scatterAddOp, [values, indices], { length });
}

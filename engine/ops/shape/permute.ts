import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import transposeCode from "../../../shaders/shape/transpose.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { stridesOf, viewOf } from "../../kernel/view.ts";
import { pick, positions } from "../lowering/broadcast.ts";
import { grid2d } from "../lowering/elementwise.ts";
import { byViews } from "../lowering/formula.ts";

/** Axis n of y is axis `axes[n]` of x. */
export const permuteOp: Op<{ axes: readonly number[] }> = defineOp<{ axes: readonly number[] }>({
  name: "permute",
  infer: (inputs, { axes }) => {
    const [{ shape, dtype }] = inputs;
    const sorted = [...axes].sort((a, b) => a - b);
    if (dtype !== "f32" || sorted.length !== shape.length || sorted.some((axis, n) => axis !== n)) {
      const takes = `f32 and each of its axes once, not ${axes.join(", ")}`;
      throw misfit("permute", takes, inputs, "an axis is missing or named twice");
    }
    return { shape: axes.map((axis) => shape[axis]), dtype };
  },
  gradient: ({ attrs: { axes } }, dy) => [permute(dy, axes.map((_, axis) => axes.indexOf(axis)))],
  reference: ({ inputs: [x], attrs: { axes }, shape }, [values]) => {
    const strides = stridesOf(x.shape);
    return pick(values, positions(shape, axes.map((axis) => strides[axis])));
  },
  lower: (node) => {
    const [{ shape }] = node.inputs;
    if (shape.length === 2) return { kernels: [matrixTranspose(node)] };
    const strides = stridesOf(shape);
    const axes = node.attrs.axes.map((axis) => ({ length: shape[axis], stride: strides[axis] }));
    return byViews("permute", node, [viewOf(shape, axes)]);
  },
});

/** Kernel of the transpose of a matrix. */
function matrixTranspose({ shape: [rows, width] }: Tensor): Kernel {
  const across = Math.ceil(width / 4);
  return {
    label: "transpose",
    code: transposeCode,
    bind: { x: { input: 0 }, y: { output: true, ragged: true } },
    includes: { grid },
    ...grid2d(rows, across, { WIDTH: width, ACROSS: across }, ["WIDTH", "ACROSS", "COLS"]),
  };
}

/**
 * The axes of x in another order. Two permutations in a row become one.
 *
 * @param axes Axis of x for each axis of the result; negative ones count from the last.
 * @throws {ShapeError} when an axis is missing or named twice. Source: torch.permute.
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const own = axes.map((axis) => axis < 0 ? axis + x.shape.length : axis);
  if (x.op.name === permuteOp.name && own.length === x.shape.length) {
    const { axes: inner } = x.attrs as { axes: readonly number[] };
    if (own.every((axis) => axis in inner)) return permute(x.inputs[0], own.map((axis) => inner[axis]));
  }
  const node = apply(permuteOp, [x], { axes: own });
  return own.every((axis, n) => axis === n) ? x : node;
}

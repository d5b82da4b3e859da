import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { type Axis, stridesOf, viewOf } from "../../kernel/view.ts";
import { type Shape, sizeOf } from "../../kernel/shape.ts";
import { positions } from "../lowering/broadcast.ts";
import { byViews } from "../lowering/formula.ts";
import { axesOf } from "../lowering/axes.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

/** Most tensors that one kernel joins. With the result they are as many textures as every adapter can bind. */
const MOST_INPUTS = 3;

/** The inputs one after the other along an axis. */
const concatOp: Op<{ axis: number }> = defineOp<{ axis: number }>({
  name: "concat",
  infer: (inputs, { axis }) => {
    const [{ shape }] = inputs;
    const fits = inputs.every((input) =>
      input.dtype === "f32" && input.shape.length === shape.length &&
      input.shape.every((length, n) => n === axis || length === shape[n])
    );
    if (!fits || axis >= shape.length) {
      throw misfit(
        "concat",
        `f32 tensors that differ along axis ${axis} only`,
        inputs,
        "another length differs",
      );
    }
    const length = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
    return { shape: shape.map((other, n) => n === axis ? length : other), dtype: "f32" };
  },
  gradient: ({ inputs, attrs: { axis } }, dy) => {
    const from = startsOf(inputs, axis);
    return inputs.map(({ shape }, i) =>
      slice(dy, shape.map((length, n) => n === axis ? [from[i], from[i] + length] as const : null))
    );
  },
  reference: ({ inputs, shape, attrs: { axis } }, values) => {
    const strides = stridesOf(shape);
    const from = startsOf(inputs, axis);
    const y = new Float64Array(sizeOf(shape));
    inputs.forEach((input, i) =>
      positions(input.shape, strides, from[i] * strides[axis]).forEach((at, n) => y[at] = values[i][n])
    );
    return y;
  },
  lower: (node) => {
    const { inputs, shape, attrs: { axis } } = node;
    const from = startsOf(inputs, axis);
    const views = inputs.map((input, i) => {
      const strides = stridesOf(input.shape);
      const axes = shape.map((length, n): Axis =>
        n === axis
          ? { length, stride: strides[n], from: from[i], count: input.shape[n] }
          : { length, stride: strides[n] }
      );
      return viewOf(input.shape, axes);
    });
    return byViews("concat", node, views);
  },
});

/** Place along the axis at which each input begins. */
function startsOf(inputs: readonly Tensor[], axis: number): number[] {
  let end = 0;
  return inputs.map(({ shape }) => (end += shape[axis]) - shape[axis]);
}

/**
 * Tensors one after the other along an axis, equal in all other lengths.
 *
 * @param axis Default the first; negative ones count from the last.
 * @throws {ShapeError} when another length differs. @throws {RangeError} when the axis is not there. Source: torch.cat.
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [own] = axesOf("concat", tensors[0], axis);
  let level = tensors;
  while (level.length > 1) {
    const groups = Array.from(
      { length: Math.ceil(level.length / MOST_INPUTS) },
      (_, i) => level.slice(i * MOST_INPUTS, (i + 1) * MOST_INPUTS),
    );
    level = groups.map((group) => group.length === 1 ? group[0] : apply(concatOp, group, { axis: own }));
  }
  return level[0];
}

/**
 * Tensors of one shape along a new axis.
 *
 * @param axis The new axis of the result; default the first. @throws {ShapeError} when the shapes differ.
 * @throws {RangeError} when the axis is not there. Source: torch.stack.
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [own] = axesOf("stack", { shape: [1, ...tensors[0].shape] }, axis);
  const withAxis = ({ shape }: Tensor): Shape => [...shape.slice(0, own), 1, ...shape.slice(own)];
  return concat(tensors.map((each) => reshape(each, withAxis(each))), own);
}

import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { stridesOf, viewOf } from "../../kernel/view.ts";
import { pick, positions } from "../lowering/broadcast.ts";
import { byViews } from "../lowering/formula.ts";
import { type Shape, sizeOf } from "../../kernel/shape.ts";

// An op and its transpose: each is the gradient of the other.

/** Places of one axis: the first, their number, and the distance from each to the next. */
interface Cut {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** `y[i, j, ...] = x[start + i step, ...]`. */
const sliceOp: Op<{ cuts: readonly Cut[] }> = defineOp<{ cuts: readonly Cut[] }>({
  name: "slice",
  infer: (_, { cuts }) => ({ shape: cuts.map(({ count }) => count), dtype: "f32" }),
  gradient: ({ inputs: [x], attrs: { cuts } }, dy) => [insert(dy, x.shape, cuts)],
  reference: ({ inputs: [x], shape, attrs: { cuts } }, [values]) => {
    const { offset, strides } = stepsThrough(x, cuts);
    return pick(values, positions(shape, strides, offset));
  },
  lower: (node) => {
    const [x] = node.inputs;
    const { offset, strides } = stepsThrough(x, node.attrs.cuts);
    const axes = node.shape.map((length, axis) => ({ length, stride: strides[axis] }));
    return byViews("slice", node, [viewOf(x.shape, axes, { offset })]);
  },
});

/** Element of x that the cut begins with, and the elements from each place to the next along each axis. */
function stepsThrough({ shape }: Tensor, cuts: readonly Cut[]): { offset: number; strides: number[] } {
  const strides = stridesOf(shape);
  return {
    offset: cuts.reduce((sum, { start }, axis) => sum + start * strides[axis], 0),
    strides: cuts.map(({ step }, axis) => step * strides[axis]),
  };
}

/** Places of an axis `[start, end, step]`, as Python's `start:end:step`; negative places count from the end. */
export type Range = readonly [start?: number, end?: number, step?: number];

/**
 * Part of a tensor.
 *
 * @param x f32, of any shape. @param ranges Places of each axis from the first; null for a whole axis.
 * @throws {RangeError} when a range has no places, or a step is no whole number of 1 or more.
 *
 * @example
 * ```ts
 * import { input, ops } from "everyclass";
 * const x = input("x", [8, 10]);
 * ops.slice(x, [[2, 5], [0, -1, 3]]); // rows 2, 3 and 4, columns 0, 3 and 6
 * ```
 */
export function slice(x: Tensor, ranges: readonly (Range | null)[]): Tensor {
  const cuts = x.shape.map((length, axis): Cut => {
    const [start = 0, end = length, step = 1] = ranges[axis] ?? [];
    const at = (place: number) => Math.min(Math.max(place < 0 ? place + length : place, 0), length);
    const count = Math.ceil((at(end) - at(start)) / step);
    if (!(count >= 1) || ![start, end, step].every(Number.isInteger) || step < 1) {
      refuse(x, `places of axis ${axis}, of length ${length}, current are ${start} to ${end} by ${step}`);
    }
    return { start: at(start), count, step };
  });
  if (x.dtype !== "f32" || ranges.length > x.shape.length) {
    refuse(x, `f32 and at most ${x.shape.length} ranges`);
  }
  const whole = cuts.every(({ count, step }, axis) => count === x.shape[axis] && step === 1);
  return whole ? x : apply(sliceOp, [x], { cuts });
}

function refuse(x: Tensor, takes: string): never {
  throw new RangeError(
    `Cannot add slice to the graph: it takes ${takes}: x is ${x.dtype} [${x.shape.join(", ")}]`,
  );
}

interface Insertion {
  readonly shape: Shape;
  /** Places of y that x takes. */
  readonly cuts: readonly Cut[];
  readonly fill: number;
}

/** `y[start + i step, ...] = x[i, ...]`, and `fill` elsewhere. */
const insertOp: Op<Insertion> = defineOp<Insertion>({
  name: "insert",
  infer: (_, { shape }) => ({ shape, dtype: "f32" }),
  gradient: ({ attrs: { cuts } }, dy) => [apply(sliceOp, [dy], { cuts })],
  reference: (node, [x]) => {
    const { shape, cuts, fill } = node.attrs;
    const { offset, strides } = stepsThrough(node, cuts);
    const y = new Float64Array(sizeOf(shape)).fill(fill);
    positions(node.inputs[0].shape, strides, offset).forEach((at, i) => y[at] = x[i]);
    return y;
  },
  lower: (node) => {
    const { shape, cuts, fill } = node.attrs;
    const [x] = node.inputs;
    const strides = stridesOf(x.shape);
    const axes = shape.map((length, axis) => {
      const { start, count, step } = cuts[axis];
      return { length, stride: strides[axis], from: start, count, every: step };
    });
    return byViews("insert", node, [viewOf(x.shape, axes, { fill })]);
  },
});

/** A tensor of this shape with x at the places that `cuts` cut out, and a number elsewhere. It undoes a slice. */
export function insert(x: Tensor, shape: Shape, cuts: readonly Cut[], fill = 0): Tensor {
  return apply(insertOp, [x], { shape, cuts, fill });
}

import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { stridesOf, viewOf } from "../../kernel/view.ts";
import { type Shape, sizeOf } from "../../kernel/shape.ts";
import { positions } from "../lowering/broadcast.ts";
import { byViews } from "../lowering/formula.ts";
import { type Cut, sliceOp, stepsThrough } from "./slice.ts";

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

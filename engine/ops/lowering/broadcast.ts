import { misfit, type Tensor } from "../../graph/node.ts";
import { stridesOf } from "../../kernel/view.ts";
import type { Shape } from "../../kernel/shape.ts";
import { constant } from "../../graph/source.ts";

/** The shape that all inputs are repeated to, by NumPy's rules: aligned at the last axis, lengths equal or 1. */
export function broadcastShape(op: string, inputs: readonly Tensor[]): Shape {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = inputs.map(({ shape }) => shape[axis - rank + shape.length] ?? 1);
    const longest = lengths.find((length) => length !== 1) ?? 1;
    if (lengths.some((length) => length !== 1 && length !== longest)) {
      const takes = "tensors whose shapes repeat to one, aligned at the last axis";
      throw misfit(op, takes, inputs, `axis ${axis - rank} has the lengths ${lengths.join(" and ")}`);
    }
    return longest;
  });
}

/** A tensor as it is; a number as a scalar, so that ops on tensors take numbers too. */
export function asTensor(x: Tensor | number): Tensor {
  return typeof x === "number" ? constant([x], []) : x;
}

/** The values at these positions, in their order. */
export function pick(values: Float64Array, at: Uint32Array): Float64Array {
  const picked = new Float64Array(at.length);
  for (let i = 0; i < at.length; i++) picked[i] = values[at[i]];
  return picked;
}

/** Position in a tensor of shape `of` for each element of a shape it is repeated to, in order. */
export function broadcastPositions(of: Shape, to: Shape): Uint32Array {
  const strides = stridesOf(of);
  const ahead = to.length - of.length;
  return positions(
    to,
    to.map((_, axis) => axis < ahead || of[axis - ahead] === 1 ? 0 : strides[axis - ahead]),
  );
}

/** `offset + sum of index times stride` for each element of a shape in order. References are written with it. */
export function positions(shape: Shape, strides: readonly number[], offset = 0): Uint32Array {
  const result = new Uint32Array(shape.reduce((a, b) => a * b, 1));
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < result.length; i++) {
    result[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

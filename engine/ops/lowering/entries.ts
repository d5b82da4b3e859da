import { type StridedView, stridesOf } from "../../kernel/view.ts";
import type { Shape } from "../../kernel/shape.ts";

/** A tensor as the list of its entries along the first axis: one row each. */
export function entriesView(of: Shape): StridedView {
  const strides = stridesOf(of);
  const axes = of.map((length, axis) => ({ length, stride: strides[axis] }));
  const last = axes.length > 1 ? axes.at(-1)! : { length: 1, stride: 0 };
  return { of, rows: axes.slice(0, 1), cols: axes.slice(1, -1), last };
}

/** 4-vectors of an entry. */
export function vectorsOf(of: Shape): number {
  return of.slice(1, -1).reduce((a, b) => a * b, 1) * Math.ceil((of.length > 1 ? of.at(-1)! : 1) / 4);
}

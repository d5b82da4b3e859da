import type { Shape } from "./shape.ts";

/** One axis of the walk of a kernel over an operand. */
export interface Axis {
  /** Places of the walk. */
  readonly length: number;
  /** Elements of the operand from one place to the next; 0 where the operand is repeated. */
  readonly stride: number;
  /** First place that the operand has; default 0. */
  readonly from?: number;
  /** Number of places that the operand has; default all from `from` on. */
  readonly count?: number;
  /** From `from` on the operand has every n-th place; default each. */
  readonly every?: number;
}

/**
 * An operand as a kernel sees it that does not walk it in the operand's own order: broadcast, permuted, cut out or
 * padded. The kernel's row counts the places of `rows`, its column those of `cols` and the 4-vectors of `last`.
 */
export interface StridedView {
  /** Shape of the operand itself. */
  readonly of: Shape;
  /** Axes that the row index counts, outermost first. */
  readonly rows: readonly Axis[];
  /** Axes that the column index counts, outermost first. */
  readonly cols: readonly Axis[];
  /** The axis that is walked four places at a time. */
  readonly last: Axis;
  /** Element of the operand at the first place that it has; default 0. */
  readonly offset?: number;
  /** Value where the operand has no element; default 0. */
  readonly fill?: number;
}

/** Elements from one place to the next along each axis of a dense row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The walk over these axes as over a tensor of their lengths (see {@link matrixOf}). */
export function viewOf(
  of: Shape,
  axes: readonly Axis[],
  more: Pick<StridedView, "offset" | "fill"> = {},
): StridedView {
  const last = axes.at(-1) ?? { length: 1, stride: 0 };
  const wide = axes.length >= 3;
  return { of, rows: axes.slice(0, wide ? -2 : -1), cols: wide ? axes.slice(-2, -1) : [], last, ...more };
}

/** A tensor repeated over a larger shape, by NumPy's rules. */
export function broadcastView(of: Shape, to: Shape): StridedView {
  const strides = stridesOf(of);
  const ahead = to.length - of.length;
  const axes = to.map((length, axis) => {
    const own = axis - ahead;
    return { length, stride: own >= 0 && of[own] === length ? strides[own] : 0 };
  });
  return viewOf(of, axes);
}

/** The rows of a tensor, one for each place of all dimensions but the last. */
export function rowsView(of: Shape): StridedView {
  const channels = of.at(-1) ?? 1;
  const count = of.slice(0, -1).reduce((a, b) => a * b, 1);
  return {
    of,
    rows: [{ length: count, stride: channels }],
    cols: [],
    last: { length: channels, stride: 1 },
  };
}

/** The same walk in fewer axes: those of one place left out, neighbours joined where their strides allow it. */
export function joined(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  for (const axis of axes) {
    const before = result.at(-1);
    if (isWhole(axis) && axis.length === 1) continue;
    if (before && isWhole(before) && isWhole(axis) && before.stride === axis.length * axis.stride) {
      result[result.length - 1] = { length: before.length * axis.length, stride: axis.stride };
    } else result.push(axis);
  }
  return result;
}

/** True if the operand has every place of the axis. */
export function isWhole({ length, from = 0, count, every = 1 }: Axis): boolean {
  return from === 0 && every === 1 && (count ?? length) === length;
}

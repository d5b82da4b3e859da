import { misfit, type Tensor } from "../../graph/node.ts";
import { insert } from "./slice.ts";

/**
 * x with values around it.
 *
 * @param x f32, of any shape. @param widths Values `[before, after]` along each axis from the first; default none.
 * @param fill The value, finite; default 0.
 * @throws {ShapeError} when widths are negative or more than there are axes. @throws {RangeError} when fill is not finite.
 * Source: torch.nn.functional.pad.
 */
export function pad(
  x: Tensor,
  widths: readonly (readonly [before: number, after: number])[],
  fill = 0,
): Tensor {
  const fits = widths.length <= x.shape.length &&
    widths.flat().every((width) => Number.isInteger(width) && width >= 0);
  if (!fits || x.dtype !== "f32") {
    const takes = `f32 and for each of at most ${x.shape.length} axes two widths of 0 or more`;
    throw misfit("pad", takes, [x], `widths are ${widths.join(" and ")}`);
  }
  if (!Number.isFinite(fill)) {
    throw new RangeError(`Cannot add pad to the graph: it takes a finite value, current is ${fill}`);
  }
  if (widths.flat().every((width) => width === 0)) return x;
  const shape = x.shape.map((length, axis) => length + (widths[axis]?.[0] ?? 0) + (widths[axis]?.[1] ?? 0));
  const cuts = x.shape.map((count, axis) => ({ start: widths[axis]?.[0] ?? 0, count, step: 1 }));
  return insert(x, shape, cuts, fill);
}

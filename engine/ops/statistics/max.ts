import type { Op, Tensor } from "../../graph/node.ts";
import { equal } from "../arithmetic/compare.ts";
import { div } from "../arithmetic/div.ts";
import { mul } from "../arithmetic/mul.ts";
import { axesOf } from "../lowering/axes.ts";
import { keptShape, type ReduceAttrs, reduceOp } from "../reduce/reduce.ts";
import { reshape } from "../shape/reshape.ts";
import { applyReduction, reducedShape, type ReduceOptions, sumOver } from "../reduce/sum.ts";

/** `y = largest x over the axes`, NaN where x has a NaN; values that are equally large share the gradient. */
const maxOp: Op<ReduceAttrs> = reduceOp({
  name: "max",
  join: Math.max,
  gradient: (y, dy) => {
    const { inputs: [x], attrs: { axes } } = y;
    const kept = keptShape(x.shape, axes);
    const largest = equal(x, reshape(y, kept));
    return mul(largest, div(reshape(dy, kept), sumOver(largest, axes, kept)));
  },
});

/**
 * Largest value over some axes, given as for {@link sum}. Values that tie for the largest share the gradient
 * in equal parts, as in torch.amax. NaN anywhere gives NaN.
 *
 * @throws {RangeError} when an axis is not there. Source: torch.amax.
 */
export function max(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  const own = axesOf("max", x, axes);
  return applyReduction(maxOp, x, own, reducedShape(x, own, options));
}

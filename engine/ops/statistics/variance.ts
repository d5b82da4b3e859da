import type { Tensor } from "../../graph/node.ts";
import { scale } from "../arithmetic/scale.ts";
import { square } from "../arithmetic/square.ts";
import { sub } from "../arithmetic/sub.ts";
import { mean } from "./mean.ts";
import type { ReduceOptions } from "../reduce/sum.ts";

/**
 * Variance over some axes, given as for {@link sum}: the mean square of the distances from the mean, in two passes.
 *
 * @param options.unbiased Divide by `n - 1` instead of n; default false. Source: torch.var.
 */
export function variance(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions & { unbiased?: boolean } = {},
): Tensor {
  const center = mean(x, axes, { keepDims: true });
  const biased = mean(square(sub(x, center)), axes, options);
  const count = x.size / center.size;
  return options.unbiased ? scale(biased, count / (count - 1)) : biased;
}

import type { Tensor } from "../../graph/node.ts";
import { scale } from "../arithmetic/scale.ts";
import { type ReduceOptions, sum } from "../reduce/sum.ts";

/**
 * Mean over some axes, given as those of {@link sum}. Source: torch.mean.
 *
 * @example
 * ```ts
 * import { mean, tensor } from "everyclass";
 * console.log(await mean(tensor([[1, 2], [3, 4]])).data()); // [2.5]
 * ```
 */
export function mean(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  const total = sum(x, axes, options);
  return scale(total, total.size / x.size);
}

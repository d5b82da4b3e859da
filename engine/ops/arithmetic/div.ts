import type { Op, Tensor } from "../../graph/node.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { mul } from "./mul.ts";
import { neg } from "./scale.ts";

/** `y = a / b`. */
const divOp: Op<null> = binaryOp("div", {
  autocast: "f32",
  value: (a, b) => a / b,
  formula: "a / b",
  gradient: (dy, _, b, y) => {
    const da = div(dy, b);
    return [da, neg(mul(da, y))];
  },
});

/**
 * Quotient of two tensors or numbers, repeated to one shape by NumPy's rules.
 *
 * @throws {ShapeError} when the shapes do not repeat to one. Source: torch.div.
 *
 * @example
 * ```ts
 * import { div, tensor } from "everyclass";
 * console.log(await div(tensor([1, 2]), tensor([2, 4])).data()); // [0.5, 0.5]
 * ```
 */
export function div(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(divOp, a, b, null);
}

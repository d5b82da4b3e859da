import type { Op, Tensor } from "../../graph/node.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { neg } from "./scale.ts";

/** `y = a - b`. */
const subOp: Op<null> = binaryOp("sub", {
  value: (a, b) => a - b,
  formula: "a - b",
  gradient: (dy) => [dy, neg(dy)],
});

/**
 * Difference of two tensors or numbers, repeated to one shape by NumPy's rules.
 *
 * @throws {ShapeError} when the shapes do not repeat to one. Source: torch.sub.
 *
 * @example
 * ```ts
 * import { sub, tensor } from "everyclass";
 * console.log(await sub(1, tensor([1, 2])).data()); // [0, -1]
 * ```
 */
export function sub(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(subOp, a, b, null);
}

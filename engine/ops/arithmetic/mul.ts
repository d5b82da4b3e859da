import type { Op, Tensor } from "../../graph/node.ts";
import { applyBinary, binaryOp } from "./binary.ts";

/** `y = a * b`. */
const mulOp: Op<null> = binaryOp("mul", {
  value: (a, b) => a * b,
  formula: "a * b",
  gradient: (dy, a, b) => [mul(dy, b), mul(dy, a)],
});

/**
 * Product, value by value, of two tensors or numbers, repeated to one shape by NumPy's rules.
 *
 * @throws {ShapeError} when the shapes do not repeat to one. Source: torch.mul.
 *
 * @example
 * ```ts
 * import { mul, tensor } from "everyclass";
 * console.log(await mul(tensor([1, 2]), 3).data()); // [3, 6]
 * ```
 */
export function mul(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(mulOp, a, b, null);
}

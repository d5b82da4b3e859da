import type { Op, Tensor } from "../../graph/node.ts";
import { applyBinary, binaryOp } from "./binary.ts";

/** `y = a + b`. */
export const addOp: Op<null> = binaryOp("add", {
  value: (a, b) => a + b,
  formula: "a + b",
  gradient: (dy) => [dy, dy],
});

/**
 * Sum of two tensors or numbers, repeated to one shape by NumPy's rules.
 *
 * @throws {ShapeError} when the shapes do not repeat to one. Source: torch.add.
 *
 * @example
 * ```ts
 * import { add, tensor } from "everyclass";
 * console.log(await add(tensor([[1, 2], [3, 4]]), tensor([10, 20])).data()); // [11, 22, 13, 24]
 * ```
 */
export function add(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(addOp, a, b, null);
}

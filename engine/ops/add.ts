import type { Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
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
 */
export function add(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(addOp, a, b, null);
}

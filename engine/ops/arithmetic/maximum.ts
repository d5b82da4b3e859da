import type { Op, Tensor } from "../../graph/node.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { compare } from "./compare.ts";
import { mul } from "./mul.ts";

/** `y = the larger of a and b`, NaN beside NaN. Equal values share the gradient, as PyTorch has it. */
const maximumOp: Op<null> = binaryOp("maximum", {
  value: (a, b) => Math.max(a, b),
  // If neither comparison is true, a or b is NaN, and so is their sum.
  formula: "select(select(a + b, b, b >= a), a, a >= b)",
  gradient: (dy, a, b) => [
    mul(dy, compare(a, b, { above: 1, equal: 0.5, below: 0 })),
    mul(dy, compare(a, b, { above: 0, equal: 0.5, below: 1 })),
  ],
});

/**
 * The larger of two tensors or numbers, value by value, repeated to one shape by NumPy's rules.
 *
 * @throws {ShapeError} when the shapes do not repeat to one. Source: torch.maximum.
 */
export function maximum(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(maximumOp, a, b, null);
}

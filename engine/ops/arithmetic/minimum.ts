import type { Op, Tensor } from "../../graph/node.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { compare } from "./compare.ts";
import { mul } from "./mul.ts";

/** `y = the smaller of a and b`, NaN beside NaN. Equal values share the gradient, as PyTorch has it. */
const minimumOp: Op<null> = binaryOp("minimum", {
  value: (a, b) => Math.min(a, b),
  // If neither comparison is true, a or b is NaN, and so is their sum.
  formula: "select(select(a + b, b, b <= a), a, a <= b)",
  gradient: (dy, a, b) => [
    mul(dy, compare(a, b, { above: 0, equal: 0.5, below: 1 })),
    mul(dy, compare(a, b, { above: 1, equal: 0.5, below: 0 })),
  ],
});

/**
 * The smaller of two tensors or numbers, value by value, repeated to one shape by NumPy's rules.
 *
 * @throws {ShapeError} when the shapes do not repeat to one. Source: torch.minimum.
 */
export function minimum(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(minimumOp, a, b, null);
}

import type { Op, Tensor } from "../../graph/node.ts";
import { applyBinary, binaryOp } from "./binary.ts";

/** Results of a comparison where the first value is above, equal to or below the second. */
interface Outcome {
  above: number;
  equal: number;
  below: number;
}

/** `y = above, equal or below by a > b, a = b or a < b; 0 beside NaN`. It is flat, so no gradient flows back. */
const compareOp: Op<Outcome> = binaryOp<Outcome>("compare", {
  value: (a, b, { above, equal, below }) => a > b ? above : a === b ? equal : a < b ? below : 0,
  formula: "select(select(select(vec4f(), vec4f(BELOW), a < b), vec4f(EQUAL), a == b), vec4f(ABOVE), a > b)",
  numbers: ({ above, equal, below }) => ({ ABOVE: above, EQUAL: equal, BELOW: below }),
  gradient: () => [null, null],
});

/** A comparison with a value for each case, as torch.heaviside of `a - b`; the functions below choose the values. */
export function compare(a: Tensor | number, b: Tensor | number, outcome: Outcome): Tensor {
  return applyBinary(compareOp, a, b, outcome);
}

/** 1 where `a > b`, else 0; no gradient flows through it. Repeats as {@link add}. Source: torch.gt. */
export function greater(a: Tensor | number, b: Tensor | number): Tensor {
  return compare(a, b, { above: 1, equal: 0, below: 0 });
}

/** 1 where `a >= b`, else 0; no gradient flows through it. Repeats as {@link add}. Source: torch.ge. */
export function greaterEqual(a: Tensor | number, b: Tensor | number): Tensor {
  return compare(a, b, { above: 1, equal: 1, below: 0 });
}

/** 1 where `a < b`, else 0; no gradient flows through it. Repeats as {@link add}. Source: torch.lt. */
export function less(a: Tensor | number, b: Tensor | number): Tensor {
  return compare(a, b, { above: 0, equal: 0, below: 1 });
}

/** 1 where `a <= b`, else 0; no gradient flows through it. Repeats as {@link add}. Source: torch.le. */
export function lessEqual(a: Tensor | number, b: Tensor | number): Tensor {
  return compare(a, b, { above: 0, equal: 1, below: 1 });
}

/** 1 where `a = b`, else 0; no gradient flows through it. Repeats as {@link add}. Source: torch.eq. */
export function equal(a: Tensor | number, b: Tensor | number): Tensor {
  return compare(a, b, { above: 0, equal: 1, below: 0 });
}

/** 1, 0 or -1 by the sign of x; no gradient flows through it. Source: torch.sign. */
export function sign(x: Tensor): Tensor {
  return compare(x, 0, { above: 1, equal: 0, below: -1 });
}

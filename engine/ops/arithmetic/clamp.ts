import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { greaterEqual, lessEqual } from "./compare.ts";
import { unaryOp } from "./unary.ts";
import { where } from "./where.ts";

interface Bounds {
  least: number;
  most: number;
}

/** `y = min(max(x, least), most)`, NaN where x is NaN. */
const clampOp: Op<Bounds> = unaryOp<Bounds>("clamp", {
  value: (x, { least, most }) => Math.min(Math.max(x, least), most),
  formula: ({ least, most }) => {
    const above = least === -Infinity ? "a" : "select(a, vec4f(LEAST), a < vec4f(LEAST))";
    return most === Infinity ? above : `select(${above}, vec4f(MOST), a > vec4f(MOST))`;
  },
  numbers: ({ least, most }) => ({
    ...Number.isFinite(least) && { LEAST: least },
    ...Number.isFinite(most) && { MOST: most },
  }),
  gradient: ({ attrs: { least, most }, inputs: [x] }, dy) => {
    const fromBelow = least === -Infinity ? dy : where(greaterEqual(x, least), dy, 0);
    return most === Infinity ? fromBelow : where(lessEqual(x, most), fromBelow, 0);
  },
});

/**
 * Each value brought to between two numbers; a bound may be infinite. The gradient passes at the bounds themselves.
 *
 * @throws {RangeError} when least is above most. Source: torch.clamp.
 */
export function clamp(x: Tensor, least: number, most: number): Tensor {
  if (!(least <= most)) {
    throw new RangeError(
      `Cannot add clamp to the graph: it takes least <= most, current are ${least} and ${most}`,
    );
  }
  return apply(clampOp, [x], { least, most });
}

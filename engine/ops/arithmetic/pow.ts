import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { mul } from "./mul.ts";
import { scale } from "./scale.ts";
import { unaryOp } from "./unary.ts";

/** Largest whole exponent that is multiplied out, which is right for negative x and closer than `exp2(p log2 x)`. */
const MOST_FACTORS = 8;

/** `y = x^p`. */
const powOp: Op<{ exponent: number }> = unaryOp<{ exponent: number }>("pow", {
  autocast: "f32",
  value: (x, { exponent }) => x ** exponent,
  formula: ({ exponent }) => {
    if (exponent === 0) return "vec4f(1.0)";
    if (!Number.isInteger(exponent)) return "pow_of(a, EXPONENT)";
    if (Math.abs(exponent) <= MOST_FACTORS) {
      const product = new Array<string>(Math.abs(exponent)).fill("a").join(" * ");
      return exponent < 0 ? `1.0 / (${product})` : product;
    }
    const size = "pow_of(abs(a), EXPONENT)";
    return exponent % 2 === 0 ? size : `signed_as(${size}, a)`;
  },
  numbers: ({ exponent }) => ({ EXPONENT: exponent }),
  gradient: ({ attrs: { exponent }, inputs: [x] }, dy) =>
    exponent === 0 || exponent === 1 ? scale(dy, exponent) : mul(dy, scale(pow(x, exponent - 1), exponent)),
});

/** Each value to a power known when the graph is built; NaN for negative x unless p is whole. Source: torch.pow. */
export function pow(x: Tensor, exponent: number): Tensor {
  return apply(powOp, [x], { exponent });
}

// The draws that a gamma variate takes where a proposal is on a bound; mixup_test.ts holds the distribution.
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { logGamma } from "../../../data/sampling/gamma.ts";

/** Uniform numbers by which a proposal is the mean, d, and taken; then the number for U ** (1 / alpha). */
const TAKEN = [0.5, 0.25, 0.5, 0.75];

/** A variate from these uniform numbers, all of which it has to take. */
function variate(alpha: number, ...numbers: number[]): number {
  const left = [...numbers];
  const value = logGamma(alpha, { uniform: () => left.shift() ?? NaN });
  assertEquals(left, []);
  return value;
}

const usual = (alpha: number) => Math.log(alpha + 2 / 3) + Math.log(0.25) / alpha;

Deno.test("gamma: a proposal that is taken uses four numbers, each one before it three", () => {
  assertAlmostEquals(variate(2, ...TAKEN), usual(2), 1e-12);
  // cos(2 pi 0.5) = -1: far below the mean, refused by 1 - 0.
  assertAlmostEquals(variate(2, 0.8, 0.5, 0, ...TAKEN), usual(2), 1e-12);
});

Deno.test("gamma: a proposal that ties with its bound is drawn again", () => {
  // The logarithm of 1 - 0 is 0, and so is the bound at the mean, which a normal number of 0 proposes.
  assertAlmostEquals(variate(2, 0, 0.3, 0, ...TAKEN), usual(2), 1e-12);
});

Deno.test("gamma: a proposal of 0 or below is drawn again, without a third number", () => {
  assertAlmostEquals(variate(0.1, 0.99, 0.5, ...TAKEN), usual(0.1), 1e-12);
  // An alpha by which the lowest proposal is 0 to the bit.
  const cases = Array.from({ length: 1000 }, (_, k) => 0.951 + k * 4e-5).flatMap((first) => {
    const x = Math.sqrt(-2 * Math.log(1 - first));
    const alpha = x * x / 9 - 2 / 3;
    return 1 - x / Math.sqrt(9 * (alpha + 1 - 1 / 3)) === 0 ? [{ first, alpha }] : [];
  });
  const [{ first, alpha }] = cases;
  const value = variate(alpha, first, 0.5, ...TAKEN);
  assertAlmostEquals(value / usual(alpha), 1, 1e-9);
});

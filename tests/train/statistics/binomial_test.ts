import { assertAlmostEquals, assertEquals } from "@std/assert";
import { tailAbove } from "../../../train/statistics/binomial.ts";

Deno.test("the binomial tail is that of the sums written out, and of a fair coin", () => {
  // 1 - 0.7^4 - 4 0.3 0.7^3
  assertAlmostEquals(tailAbove(2, 4, 0.3), 1 - 0.7 ** 4 - 4 * 0.3 * 0.7 ** 3, 1e-12);
  assertAlmostEquals(tailAbove(10, 10, 0.5), 2 ** -10, 1e-15);
  // Symmetry: at least 501 of 1000 and at most 499 are equally likely.
  assertAlmostEquals(tailAbove(501, 1000, 0.5) + tailAbove(500, 1000, 0.5), 1, 1e-9);
  assertEquals([tailAbove(0, 9, 0.2), tailAbove(3, 9, 0), tailAbove(9, 9, 1)], [1, 0, 1]);
});

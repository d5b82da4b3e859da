import { assertAlmostEquals, assertEquals } from "@std/assert";
import { constantRate, cosineRate, type Schedule, stepRate, warmUp } from "../../../engine/optim/schedule.ts";
import { torchFile } from "../torch_cases.ts";

/** What the cases of `schedules.json` are here. */
const SCHEDULES: Record<string, Schedule> = {
  "constant": constantRate(0.1),
  "steps at 3, 7 and 8 by 0.1": stepRate(0.1, { at: [3, 7, 8], factors: [0.1, 0.01, 0.001] }),
  "cosine over 10": cosineRate(0.1, { over: 10 }),
  "cosine over 10 to 0.01": cosineRate(0.1, { over: 10, to: 0.01 }),
  "warm-up over 5, steps at 8 and 9 by 0.01": warmUp(
    stepRate(0.1, { at: [8, 9], factors: [0.01, 0.0001] }),
    5,
  ),
  "warm-up over 4 times cosine over 12": warmUp(cosineRate(0.1, { over: 12 }), 4),
};

const cases: Record<string, number[]> = JSON.parse(new TextDecoder().decode(torchFile("schedules.json")));

Deno.test("each schedule of the fixture is tested", () => {
  assertEquals(Object.keys(SCHEDULES), Object.keys(cases));
});

for (const [name, rates] of Object.entries(cases)) {
  Deno.test(`schedule as PyTorch: ${name}`, () => {
    rates.forEach((rate, at) => assertAlmostEquals(SCHEDULES[name](at), rate, 1e-12, `at ${at}`));
  });
}

Deno.test("schedules go on between whole times and after their end", () => {
  assertAlmostEquals(cosineRate(1, { over: 4 })(1.5), (1 + Math.cos(1.5 * Math.PI / 4)) / 2, 1e-12);
  assertEquals(cosineRate(1, { over: 4, to: 0.25 })(9), 0.25);
  assertEquals(stepRate(1, { at: [2], factors: [0.5] })(1.99), 1);
  assertAlmostEquals(warmUp(constantRate(1), 4)(0.5), 1.5 / 4, 1e-12);
});

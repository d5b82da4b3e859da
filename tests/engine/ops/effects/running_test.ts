import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { running } from "../../../../engine/ops/effects/running.ts";
import { runningMoments } from "../../../../engine/ops/effects/running_moments.ts";
import { input, parameter } from "../../../../engine/graph/source.ts";
import { Parameters } from "../../../../engine/device/parameters.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";

Deno.test("running moves its estimate at every run, in place", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const estimate = parameter("estimate", [70]);
    using store = new Parameters(device, [estimate], "statistics");
    store.write(estimate, Float32Array.from({ length: 70 }, (_, i) => i));
    const updates = [running(estimate, input("value", [70]), { momentum: 0.25, factor: 2 })];
    using plan = await Plan.make(device, { updates, parameters: [store] });
    const expected = Float64Array.from({ length: 70 }, (_, i) => i);
    for (const value of [10, -3]) {
      plan.run({ value: new Float32Array(70).fill(value) });
      expected.forEach((old, i) => expected[i] = 0.75 * old + 0.25 * 2 * value);
      assertClose(family, (await store.read()).get(estimate)!, expected);
    }
  }
});

Deno.test("runningMoments moves both estimates, of whole and of broken 4-vectors of channels", async () => {
  for (const channels of [1, 7, 270]) {
    const moments = Float32Array.from({ length: 2 * channels }, (_, i) => i);
    for (const family of FAMILIES) {
      const device = await deviceOf(family);
      const [mean, variance] = [parameter("mean", [channels]), parameter("variance", [channels])];
      using store = new Parameters(device, [mean, variance], "statistics");
      store.write(variance, new Float32Array(channels).fill(8));
      const given = input("moments", [2, channels]);
      const updates = [runningMoments(mean, variance, given, { momentum: 0.25, count: 5 })];
      using plan = await Plan.make(device, { updates, parameters: [store] });
      plan.run({ moments });
      const after = await store.read();
      const expected = (i: number, old: number, unbiased: number) =>
        0.75 * old + 0.25 * unbiased * moments[i];
      after.get(mean)!.forEach((value, c) => assertClose(`${family} mean`, [value], [expected(c, 0, 1)]));
      after.get(variance)!.forEach((value, c) =>
        assertClose(`${family} variance`, [value], [expected(channels + c, 8, 5 / 4)])
      );
    }
  }
});

Deno.test("running estimates refuse values of another length", () => {
  const of = (...shape: number[]) => input("t", shape);
  assertThrows(() => running(of(4), of(5), { momentum: 0.1 }), ShapeError, "the lengths differ");
  const options = { momentum: 0.1, count: 9 };
  assertThrows(() => runningMoments(of(4), of(4), of(2, 5), options), ShapeError, "the channels differ");
});

import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { input, parameter } from "../../../../engine/graph/source.ts";
import { accumulateMetrics } from "../../../../engine/ops/effects/accumulate_metrics.ts";
import { sgdUpdate } from "../../../../engine/optim/sgd.ts";
import { Parameters } from "../../../../engine/device/parameters.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { deviceOf, FAMILIES } from "../../check.ts";

const STEPS = [0.5, 2, NaN, 0.25, -Infinity, 1];

for (const family of FAMILIES) {
  Deno.test(`accumulateMetrics sums up steps and remembers the first without a finite loss, ${family}`, async () => {
    const device = await deviceOf(family);
    const metrics = parameter("metrics", [8]);
    using store = new Parameters(device, [metrics], "metrics");
    const [loss, hits] = [input("loss", []), input("hits", [301])];
    const update = accumulateMetrics(metrics, loss, hits);
    using plan = await Plan.make(device, { updates: [update], parameters: [store] });
    let expected: Float64Array = new Float64Array(8);
    for (const [step, value] of STEPS.entries()) {
      const ones = Float32Array.from({ length: 301 }, (_, i) => i % (step + 2) === 0 ? 1 : 0);
      const feeds = { loss: Float32Array.of(value), hits: ones };
      plan.run(feeds);
      [expected] = interpret(
        [update],
        new Map<Tensor, ArrayLike<number>>([[metrics, expected], [loss, feeds.loss], [hits, ones]]),
      );
    }
    const [actual] = [...(await store.read()).values()];
    assertEquals([...actual], [...expected]);
    assertEquals([...actual.slice(2, 4)], [6, 3]);
    assertEquals(actual[0], 3.75);
  });

  Deno.test(`sgd stops at the step whose loss is not finite, ${family}`, async () => {
    const device = await deviceOf(family);
    const metrics = parameter("metrics", [8]);
    using store = new Parameters(device, [metrics], "metrics");
    using parameters = new Parameters(device, [parameter("p", [2])], "parameters");
    using momenta = new Parameters(device, [parameter("momentum", [2])], "momenta");
    const [loss, gradient] = [input("loss", []), input("gradient", [2])];
    const update = sgdUpdate({
      parameters,
      momenta,
      gradients: [gradient],
      lr: input("lr", []),
      momentum: 0.5,
      guard: metrics,
    });
    using plan = await Plan.make(device, {
      updates: [accumulateMetrics(metrics, loss, input("hits", [1])), update],
      parameters: [store, parameters, momenta],
    });
    for (const value of STEPS) {
      const gradient = Float32Array.of(-1, Number.isFinite(value) ? -2 : NaN);
      plan.run({
        loss: Float32Array.of(value),
        hits: new Float32Array(1),
        gradient,
        lr: Float32Array.of(1),
      });
    }
    // Two steps: 1, then 1 + (0.5 + 1).
    assertEquals([...(await parameters.read()).values()][0], Float32Array.of(2.5, 5));
    assertEquals([...(await momenta.read()).values()][0], Float32Array.of(-1.5, -3));
  });
}

Deno.test("accumulateMetrics refuses a loss per sample", () => {
  const metrics = input("metrics", [8]);
  const hits = input("hits", [4]);
  assertThrows(
    () => accumulateMetrics(metrics, input("nll", [4]), hits),
    ShapeError,
    "not reduced to a scalar",
  );
});

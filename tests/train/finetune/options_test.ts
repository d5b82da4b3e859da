import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { initHead, nameOf, networkOf } from "../../../engine/mod.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { learningRates } from "../../../train/trainer/learning_rate.ts";
import { lossNames } from "../../../train/config/schema/losses.ts";
import { newWork, type Work } from "../../../train/saved/work.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();
// All runs share a device, and with it the shaders.
const { setup } = await problem.setUp();
addEventListener("unload", () => setup[Symbol.dispose]());

/** A run of these keys for two epochs, all its results checked to be finite. */
async function run(sets: string, work: Work): Promise<Work> {
  const { ...config } = await problem.config(`epochs=2 optimizer.lr=0.01 ensemble={} ${sets}`);
  config.workers = 0; // to start some for every view takes the most time
  const listeners = {
    progress: quiet,
    signal: new AbortController().signal,
    onEpoch: () => Promise.resolve(),
  };
  const { before, after, ensemble } = await finetune(setup, config, work, listeners);
  for (const { metrics: { mean, gmean, hmean, lowest } } of [before!, after, ensemble!]) {
    assert([mean, gmean, hmean, lowest].every((value) => value >= 0 && value <= 100));
  }
  assertEquals(work.epochs.length, 2);
  for (const { test: _, ...row } of work.epochs) {
    assert(Object.values(row).every(Number.isFinite), JSON.stringify(row));
  }
  return work;
}

/** LDAM takes another head, in heads_test.ts. */
const LOSSES = lossNames.filter((name) => name !== "ldam");
const SAMPLERS = ["instance", "class-balanced"];
const STARTS = ["warm", "reinit"];

Deno.test("every loss, sampler and start trains, and none as another", async () => {
  const { testFeatures, views } = await run("views=2", newWork());
  const seen = new Map<string, string>();
  for (const loss of LOSSES) {
    for (const sampler of SAMPLERS) {
      for (const start of STARTS) {
        const sets = `views=2 loss=${loss} sampler=${sampler} classifier=${start}`;
        const { state } = await run(sets, { ...newWork(), testFeatures, views });
        const weights = state!.get("linear.weight")!.join();
        assert(!seen.has(weights), `${sets} ends as ${seen.get(weights)}`);
        seen.set(weights, sets);
      }
    }
  }
});

for (
  const sets of [
    "statistics=frozen views=fresh",
    "statistics=updated views=fresh",
    "statistics=updated views=2",
  ]
) {
  Deno.test(`every loss trains with ${sets}`, async () => {
    for (const [i, loss] of LOSSES.entries()) {
      const { views, state } = await run(
        `${sets} loss=${loss} sampler=${SAMPLERS[i % 2]} classifier=${STARTS[(i >> 1) % 2]}`,
        newWork(),
      );
      assertEquals(views.length, sets.includes("fresh") ? 0 : 2);
      const kept = setup.network.statistics.filter((tensor) => state!.has(nameOf(tensor)));
      assertEquals(kept.length, sets.includes("updated") ? setup.network.statistics.length : 0);
    }
  });
}

Deno.test("the learning rate falls at the steps, as PyTorch's MultiStepLR does it", () => {
  const rates = (lr: number, steps: number[], gamma: number, epochs: number) => {
    const factors = steps.map((_, i) => gamma ** (i + 1));
    const schedule = { kind: "steps", steps, factors, warmup: 0 } as const;
    return Array.from({ length: epochs }, (_, epoch) => learningRates({ lr, schedule }, epochs)(epoch));
  };
  // torch.optim.lr_scheduler.MultiStepLR(sgd, milestones=steps, gamma=gamma).get_last_lr() before each step().
  assertEquals(rates(0.05, [2, 3], 0.2, 5), [0.05, 0.05, 0.01, 0.002, 0.002]);
  assertEquals(rates(0.1, [1], 0.1, 3), [0.1, 0.01, 0.01]);
  assertEquals(rates(0.3, [], 0.5, 2), [0.3, 0.3]);
  assertEquals(rates(1e-9, [1, 2], 1e-3, 3), [1e-9, 1e-12, 1e-15]);
});

Deno.test("a new classifier is Kaiming-normal with a zero bias, and another for another seed", () => {
  const network = networkOf("resnet8", { classes: 100, channels: 3 });
  const weightOf = (seed: number) => initHead(network, seed).get("linear.weight")!;
  const weight = weightOf(0);
  assertEquals([weight.length, initHead(network, 0).get("linear.bias")], [6400, new Float32Array(100)]);
  const mean = weight.reduce((a, b) => a + b, 0) / weight.length;
  const moment = (n: number) => weight.reduce((sum, w) => sum + (w - mean) ** n, 0) / weight.length;
  // Four standard errors of 6,400 draws: of the mean 4 / 80, of the deviation 4 / sqrt(12800), of the kurtosis 4 x 0.06.
  const deviation = Math.sqrt(2 / 64);
  assertAlmostEquals(mean / deviation, 0, 0.05);
  assertAlmostEquals(Math.sqrt(moment(2)) / deviation, 1, 0.036);
  assertAlmostEquals(moment(4) / moment(2) ** 2, 3, 0.25);
  assertEquals(weightOf(0), weight);
  assertNotEquals(weightOf(1), weight);
});

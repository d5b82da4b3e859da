// AdamW by a config: whatever the gradient, its first step without weight decay moves a weight by lr, which no step of
// SGD does.

import { assert, assertEquals } from "@std/assert";
import { finetune } from "../../../train/finetune/finetune.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { newWork } from "../../../train/saved/work.ts";
import { FAMILIES } from "../../engine/check.ts";
import { load, refuses } from "../config/config_text.ts";
import { Problem, quiet } from "../problem.ts";
import { batchOf, setupOf, timeOf, trainerOf } from "../trainer/small_trainer.ts";

/** Checks that nearly all values have moved by lr, and none further; where a gradient is about 0, a value moves less. */
function assertMoved(name: string, before: Float32Array, after: Float32Array, lr: number) {
  const moved = before.map((value, i) => Math.abs(after[i] - value) / lr);
  const most = Math.max(...moved);
  const whole = moved.filter((share) => share > 0.98).length / moved.length;
  assert(most < 1.01 && whole > 0.85, `${name}: moved by ${most} lr, ${100 * whole} % of them by lr`);
}

for (const family of FAMILIES) {
  Deno.test(`train takes steps of AdamW, on whole batches and on parts, ${family}`, async () => {
    const setup = await setupOf(family);
    const time = timeOf(0);
    for (
      const keys of [{}, { microBatch: 3 }, {
        optimizer: { name: "adamw", weightDecay: 0, classifierFactor: 2 },
      }]
    ) {
      using trainer = trainerOf(setup, 10, { optimizer: { name: "adamw", weightDecay: 0 }, ...keys });
      const before = await trainer.state();
      await trainer.step(batchOf(10, 0), time);
      const after = await trainer.state();
      for (const tensor of ["first.conv.weight", "last.conv.weight", "linear.weight", "linear.bias"]) {
        const lr = time.lr * ("optimizer" in keys && tensor.startsWith("linear") ? 2 : 1);
        assertMoved(tensor, before.get(tensor)!, after.get(tensor)!, lr);
      }
      assertEquals(after.get("bias corrections")!.length, 2);
    }
  });
}

Deno.test("AdamW takes the config's betas and eps", async () => {
  const setup = await setupOf(FAMILIES[0]);
  /** Measures how far one step moves the biases of the last layer, in learning rates, and what it leaves of the corrections. */
  const step = async (numbers: object) => {
    using trainer = trainerOf(setup, 10, { optimizer: { name: "adamw", weightDecay: 0, ...numbers } });
    const before = (await trainer.state()).get("linear.bias")!;
    await trainer.step(batchOf(10, 0), timeOf(0));
    const state = await trainer.state();
    const moved = state.get("linear.bias")!.map((value, i) => Math.abs(value - before[i]) / timeOf(0).lr);
    return { most: Math.max(...moved), corrections: [...state.get("bias corrections")!] };
  };
  const rounded = (...values: number[]) => values.map(Math.fround);
  const plain = await step({});
  assertEquals(plain, await step({ betas: [0.9, 0.999], eps: 1e-8 }));
  const other = await step({ betas: [0.5, 0.75] });
  assertEquals(other.corrections, rounded(0.5, 0.25));
  // eps far above every gradient leaves a step of lr * gradient / eps.
  assert(plain.most > 0.9 && (await step({ eps: 1000 })).most < 0.01, `${plain.most}`);
});

Deno.test("finetune takes steps of AdamW", async () => {
  const sets =
    "epochs=1 views=1 batch=177 workers=1 optimizer.name=adamw optimizer.lr=0.001 optimizer.weightDecay=0";
  const { setup, config } = await new Problem().setUp(sets);
  using _ = setup;
  const work = newWork();
  const listeners = {
    progress: quiet,
    signal: new AbortController().signal,
    onEpoch: () => Promise.resolve(),
  };
  await finetune(setup, config, work, listeners);
  for (const name of ["linear.weight", "linear.bias"]) {
    assertMoved(name, setup.stage1.get(name)!, work.state!.get(name)!, 0.001);
  }
});

Deno.test("both commands take optimizers and schedules of every kind; AdamW has no keys of SGD", async () => {
  for (const name of ["sgd", "adamw"]) {
    for (const kind of ["constant", "steps", "cosine"]) {
      const yaml =
        `optimizer: { name: ${name}, schedule: { kind: ${kind}, steps: [2], factors: [0.1], warmup: 2 } }`;
      const { optimizer } = await load(yaml);
      const set = [yaml.replace(": ", "=")];
      const trained = await loadConfigOf(trainingConfig, null, { set });
      assertEquals(optimizer.schedule, trained.optimizer.schedule);
      assertEquals([optimizer.name, trained.optimizer.name], [name, name]);
    }
  }
  const ofSgd = "with adamw: it is a key of sgd, current value is";
  await refuses("optimizer: { name: adamw, nesterov: true }", RangeError, [
    `nesterov takes false ${ofSgd} true`,
  ]);
  await refuses("optimizer: { name: adamw, momentum: 0.8 }", RangeError, [`momentum takes 0.9 ${ofSgd} 0.8`]);
  const ofAdamw = "with sgd: it is a key of adamw, current value is";
  await refuses("optimizer: { betas: [0.9, 0.95] }", RangeError, [
    `betas takes [0.9, 0.999] ${ofAdamw} [0.9,0.95]`,
  ]);
  await refuses("optimizer: { eps: 1.0e-6 }", RangeError, [`eps takes 1e-8 ${ofAdamw} 0.000001`]);
  for (const betas of ["[0.9]", "[0.9, 0.99, 0.999]", "[0.9, 1]", "[-0.1, 0.9]"]) {
    const parts = ["optimizer.betas takes two numbers from 0 to below 1, current value is"];
    await refuses(`optimizer: { name: adamw, betas: ${betas} }`, RangeError, parts);
  }
  await refuses("optimizer: { name: adamw, eps: 0 }", RangeError, ["eps takes a number above 0"]);
  await refuses("optimizer: { name: adam }", RangeError, ["optimizer.name takes one of sgd, adamw"]);
});

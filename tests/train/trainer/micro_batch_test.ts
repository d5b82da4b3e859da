// Batches in parts: the steps of the whole batch, whatever the loss and however the batch is cut.

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { cifarResNet, type HeadKind } from "../../../engine/mod.ts";
import type { State } from "../../../train/setup/setup.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";
import { deviceOf, FAMILIES } from "../../engine/families.ts";
import { ofHalf } from "../../half.ts";
import {
  after,
  assertSame,
  batchOf,
  CLASSES,
  setupOf,
  setupOn,
  SIDE,
  timeOf,
  trainerOf,
} from "./small_trainer.ts";

const LOSSES: [string, object, HeadKind][] = [
  ["ce with weights", { loss: { name: "ce", weights: "inverse" } }, "linear"],
  ["balanced softmax", { loss: { name: "balanced-softmax" } }, "linear"],
  ["gml", { loss: { name: "gml" } }, "linear"],
  ["gml+las", { loss: { name: "gml+las" } }, "linear"],
  ["ldam with weights", { loss: { name: "ldam", weights: "inverse" }, head: "cosine" }, "cosine"],
  ["gml with mixup", { loss: { name: "gml" }, mixup: 1 }, "linear"],
];
for (const family of FAMILIES) {
  Deno.test(`a batch in uneven parts makes the steps of the whole, every loss, ${family}`, async () => {
    for (const [name, keys, head] of LOSSES) {
      const setup = await setupOf(family, head);
      const whole = await after(setup, 5, keys);
      assert(sumsOf(whole).loss > 0.1, name);
      assertSame(name, await after(setup, 5, { ...keys, microBatch: 2 }), whole); // 2, 2 and 1
      // What is compared did change.
      const [old, moved] = [setup.stage1, whole].map((state) => state.get("first.conv.weight")!);
      assert(moved.some((value, i) => Math.abs(value - old[i]) > 1e-4), name);
    }
  });

  Deno.test(`two parts and five make the steps of the whole, ${family}`, async () => {
    const setup = await setupOf(family);
    const keys = { loss: { name: "gml" } };
    const whole = await after(setup, 10, keys);
    for (const microBatch of [5, 2]) {
      assertSame(`${microBatch}`, await after(setup, 10, { ...keys, microBatch }), whole);
    }
    // A part that holds the batch is the whole batch, to the bit.
    assertEquals(await after(setup, 10, { ...keys, microBatch: 10 }), whole);
  });

  Deno.test(`a ResNet's batch in two parts makes the steps of the whole, ${family}`, async () => {
    const network = cifarResNet({ depth: 8, classes: CLASSES, channels: 1, widths: [4, 8, 12] });
    const setup = setupOn(await deviceOf(family), network);
    const keys = { loss: { name: "gml+las" } };
    assertSame("ResNet-8", await after(setup, 4, { ...keys, microBatch: 2 }), await after(setup, 4, keys));
  });

  Deno.test(`a last stage, a classifier alone, or its scales, trains on parts as on the whole, ${family}`, async () => {
    for (
      const [head, train, classifierFactor] of [
        ["linear", "last-stage", 0.5],
        ["linear", "classifier", 0.5],
        ["scaled", "scale", 1],
        ["scaled", "classifier", 0.5],
      ] as const
    ) {
      const setup = await setupOf(family, head);
      const keys = { train, head, loss: { name: "gml" }, optimizer: { momentum: 0.9, classifierFactor } };
      const whole = await after(setup, 5, keys);
      assertSame(`${head} ${train}`, await after(setup, 5, { ...keys, microBatch: 2 }), whole);
      const name = train === "scale" ? "linear.scale" : "linear.weight";
      assertNotEquals(whole.get(name), setup.stage1.get(name));
      assertEquals(whole.has("last.conv.weight"), train === "last-stage");
      assertEquals(whole.has("first.conv.weight"), false);
    }
  });
}

Deno.test({
  ...ofHalf("in f16 a batch in parts makes the steps of the whole, its loss scaled"),
  fn: async () => {
    for (const family of FAMILIES) {
      const setup = await setupOf(family);
      const keys = { precision: "f16", loss: { name: "gml" } };
      const whole = await after(setup, 5, keys);
      const parts = await after(setup, 5, { ...keys, microBatch: 2 });
      assertSame(family, parts, whole, 2e-2); // activations and gradients are rounded to 2^-11, six times on the way
      assertEquals(parts.get("loss scale"), whole.get("loss scale"));
      assertEquals(parts.get("good steps"), Float32Array.of(3));
      assertNotEquals(parts, await after(setup, 5, { ...keys, precision: "f32", microBatch: 2 }));
    }
  },
});

Deno.test("norms that go by the batch see a part, and move on once for each", async () => {
  const setup = await setupOf("lane");
  const keys = { statistics: "updated", microBatch: 5 };
  using trainer = trainerOf(setup, 10, keys);
  const batch = batchOf(10, 0);
  await trainer.step(batch, timeOf(0));
  const both = (await trainer.state()).get("first.bn.running_mean")!;
  // The same two parts as batches of their own, without a step between them.
  using single = trainerOf(setup, 5, { statistics: "updated" });
  for (const from of [0, 5]) {
    const images = batch.images.subarray(from * SIDE * SIDE);
    await single.step({ ...batch, images, labels: batch.labels.subarray(from), count: 5 }, {
      ...timeOf(0),
      lr: 0,
    });
  }
  assertEquals(both, (await single.state()).get("first.bn.running_mean"));
  using whole = trainerOf(setup, 10, { statistics: "updated" });
  await whole.step(batch, timeOf(0));
  assertNotEquals(both, (await whole.state()).get("first.bn.running_mean"));
});

Deno.test("training on parts that goes on from a state ends in the same bits", async () => {
  const setup = await setupOf("lane");
  const keys = { microBatch: 2, statistics: "updated", mixup: 1 };
  const expected = await after(setup, 5, keys);
  let state: State;
  {
    using trainer = trainerOf(setup, 5, keys);
    await trainer.step(batchOf(5, 0), timeOf(0));
    state = await trainer.state();
  }
  using resumed = trainerOf(setup, 5, keys);
  await resumed.step(batchOf(5, 6), timeOf(0)); // forgotten
  resumed.load(state);
  for (const step of [1, 2]) {
    await resumed.step(batchOf(5, step), timeOf(step));
    if (step === 1) resumed.release(); // an evaluation takes the memory for a time
  }
  assertEquals(await resumed.state(), expected);
});

Deno.test("what breaks in a batch of parts is named: in the backbone of a part, or after the features of all", async () => {
  const setup = await setupOf("lane");
  for (
    const [name, factor, found] of [
      ["first.conv.weight", 3e38, /^conv2d \[2, 8, 8, 4\] of images, first\.conv\.weight/],
      ["linear.weight", 3e38, /^matmul \[5, 4\] of features, linear\.weight, linear\.bias/],
    ] as const
  ) {
    using trainer = trainerOf(setup, 5, { microBatch: 2 });
    const broken = trainer.fresh(setup.stage1).get(name)!.map((value) => value * factor);
    trainer.load(new Map([...trainer.fresh(setup.stage1), [name, broken]]));
    const before = setup.device.memory.used;
    await trainer.step(batchOf(5, 0), timeOf(0));
    const state = await trainer.state();
    assertEquals(sumsOf(state).bad, 1);
    assertEquals(state.get(name), broken); // the step is not taken
    assertMatch(await trainer.firstBad(batchOf(5, 0), timeOf(0)), found);
    assertEquals(setup.device.memory.used, before);
  }
});

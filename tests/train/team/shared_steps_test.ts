// Batches in several processes: the steps of one process, whatever the loss and the number of processes. The processes
// are simulated in this one.

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Communicator, HeadKind } from "../../../engine/mod.ts";
import type { Setup, State } from "../../../train/setup/setup.ts";
import { trainSchema } from "../../../train/config/schema/train.ts";
import { Share } from "../../../train/team/share.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";
import { deviceOf, FAMILIES } from "../../engine/families.ts";
import { partOf } from "./part_of.ts";
import { ofHalf } from "../../half.ts";
import {
  after,
  assertSame,
  batchOf,
  setupOn,
  smallNetwork,
  timeOf,
  withRoom,
} from "../trainer/small_trainer.ts";

/** The states that three steps leave in each of several processes. */
async function afterIn(
  ranks: number,
  family: "lane" | "tile",
  head: HeadKind,
  count: number,
  keys: object,
): Promise<State[]> {
  const device = await deviceOf(family);
  return await Promise.all(
    inProcess(ranks).map(async (communicator: Communicator) => {
      const share = new Share(communicator);
      const setup = setupOn(device, smallNetwork(head));
      const base = { batch: count, statistics: "frozen", optimizer: { momentum: 0.9 } };
      using trainer = imageTrainer(setup, trainSchema.parse({ ...base, ...keys }), share);
      trainer.load(trainer.fresh(setup.stage1));
      for (let step = 0; step < 3; step++) {
        await trainer.step(partOf(batchOf(count, step), share), timeOf(step));
      }
      return await trainer.state();
    }),
  );
}

const LOSSES: [string, object, HeadKind][] = [
  ["ce with weights", { loss: { name: "ce", weights: "inverse" } }, "linear"],
  ["gml", { loss: { name: "gml" } }, "linear"],
  ["gml+las", { loss: { name: "gml+las" } }, "linear"],
  ["ldam", { loss: { name: "ldam" }, head: "cosine" }, "cosine"],
  ["balanced softmax, the last stage", { loss: { name: "balanced-softmax" }, train: "last-stage" }, "linear"],
  ["gml in parts", { loss: { name: "gml" }, microBatch: 2 }, "linear"],
  [
    "gml by the statistics of all",
    { loss: { name: "gml" }, statistics: "updated", syncBatchNorm: true },
    "linear",
  ],
];

for (const family of FAMILIES) {
  for (const [name, keys, head] of LOSSES) {
    Deno.test(`1, 2 and 3 processes take the steps of one, ${name}, ${family}`, async () => {
      const { microBatch: _, ...alone } = keys as { microBatch?: number };
      const setup = setupOn(await deviceOf(family), smallNetwork(head));
      const whole = await after(setup, 7, alone);
      assert(sumsOf(whole).loss > 0.1);
      for (const ranks of [1, 2, 3]) {
        const states = await afterIn(ranks, family, head, 7, keys);
        for (const [rank, state] of states.entries()) {
          assertSame(`rank ${rank} of ${ranks}`, state, whole);
          // All processes have the same weights, to the bit.
          assertEquals(state, states[0]);
        }
      }
    });
  }
}

Deno.test({
  ...ofHalf("2 and 3 processes take steps in f16 as one does, up to the roundings of f16"),
  fn: async () => {
    const keys = { loss: { name: "gml" }, precision: "f16" };
    const whole = await after(setupOn(await deviceOf("lane"), smallNetwork("linear")), 7, keys);
    for (const ranks of [2, 3]) {
      const states = await afterIn(ranks, "lane", "linear", 7, keys);
      for (const state of states) {
        assertSame(`${ranks} processes`, state, whole, 2 ** -8);
        assertEquals(state, states[0]);
      }
    }
  },
});

Deno.test("processes with parts of batches of their own tell each other the statistics of as many parts", async () => {
  // 7 images are 4 and 3, which in parts of at most 3 would be two parts and one; 9 image by image are five parts and four.
  for (const [count, microBatch] of [[7, 3], [9, 1]]) {
    const keys = { loss: { name: "gml" }, statistics: "updated", syncBatchNorm: true, microBatch };
    const states = await afterIn(2, "lane", "linear", count, keys);
    assert(sumsOf(states[0]).loss > 0.1);
    assertEquals(states[1], states[0]);
  }
});

Deno.test("a last batch is taken in parts as large as the leader's, though there is room for all of it", async () => {
  const setup = setupOn(await deviceOf("lane"), smallNetwork("linear"));
  const [leader] = inProcess(2);
  /** A trainer of 8 images, the last batch of 6. */
  const trainerOf = (keys: object) => {
    const config = { batch: 8, statistics: "frozen", loss: { name: "gml" }, ...keys };
    const set = { ...setup, train: { ...setup.train, count: 14 } } as Setup;
    return imageTrainer(set, trainSchema.parse(config), new Share(leader));
  };
  const before = setup.device.memory.used;
  const [all, last, owned] = (() => {
    using trainer = trainerOf({});
    assertEquals(trainer.most, 4);
    const taken = setup.device.memory.used - before;
    return [trainer.measure(8).bytes, trainer.measure(6).bytes, taken];
  })();
  assert(last < all);
  using parts = trainerOf({ microBatch: 2 });
  // As much again is kept free to read the weights back.
  await withRoom(setup.device, 2 * owned + (all + last) / 2, () => {
    using trainer = trainerOf({});
    assertEquals([trainer.most, trainer.measure(6).bytes], [2, parts.measure(6).bytes]);
    assertNotEquals(trainer.measure(6).bytes, last);
  });
});

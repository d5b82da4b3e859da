// Batches in several processes: the steps of one process, whatever the loss and the number of processes. The processes
// are simulated in this one.

import { assert, assertEquals } from "@std/assert";
import type { Communicator, HeadKind } from "../../../engine/mod.ts";
import type { State } from "../../../train/setup/setup.ts";
import { trainSchema } from "../../../train/config/train.ts";
import { Share } from "../../../train/team/share.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";
import { deviceOf, FAMILIES } from "../../engine/families.ts";
import { partOf } from "./part_of.ts";
import { after, assertSame, batchOf, setupOn, smallNetwork, timeOf } from "../trainer/small_trainer.ts";

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

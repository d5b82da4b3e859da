// Twenty steps of a ResNet in one, two and four processes, which this one simulates: the same losses.

import { assert, assertEquals } from "@std/assert";
import { cifarResNet } from "../../../engine/mod.ts";
import { trainSchema } from "../../../train/config/schema/train.ts";
import { Share } from "../../../train/team/share.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";
import { deviceOf } from "../../engine/families.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";
import { batchOf, CLASSES, setupOn, timeOf } from "../trainer/small_trainer.ts";
import { partOf } from "./part_of.ts";

const [STEPS, BATCH] = [20, 16];

/** The loss of each step. */
async function lossesIn(ranks: number, keys: object): Promise<number[]> {
  const device = await deviceOf("lane");
  const network = cifarResNet({ depth: 8, classes: CLASSES, channels: 1, widths: [4, 8, 12] });
  const all = await Promise.all(
    inProcess(ranks).map(async (communicator) => {
      const share = new Share(communicator);
      const setup = setupOn(device, network);
      const config = trainSchema.parse({ batch: BATCH, optimizer: { momentum: 0.9 }, ...keys });
      using trainer = imageTrainer(setup, config, share);
      trainer.load(trainer.fresh(setup.stage1));
      const sums = [0];
      for (let step = 0; step < STEPS; step++) {
        await trainer.step(partOf(batchOf(BATCH, step), share), timeOf(step));
        sums.push(sumsOf(await trainer.state()).loss);
      }
      return sums.slice(1).map((sum, i) => sum - sums[i]);
    }),
  );
  for (const losses of all) assertEquals(losses, all[0]); // each process knows the whole loss
  return all[0];
}

for (const name of ["ce", "gml", "gml+las"]) {
  for (const norms of [{ statistics: "frozen" }, { statistics: "updated", syncBatchNorm: true }]) {
    Deno.test(`20 steps in 2 and 4 processes lose what one loses, ${name}, ${norms.statistics}`, async () => {
      const keys = { loss: { name }, ...norms };
      const alone = await lossesIn(1, keys);
      assert(alone.every((loss) => loss > 0.01));
      for (const ranks of [2, 4]) {
        const off = (await lossesIn(ranks, keys)).map((loss, i) => Math.abs(loss - alone[i]) / alone[i]);
        const most = Math.max(...off);
        assert(most < 1e-5, `${ranks} processes: ${most} at step ${off.indexOf(most) + 1}`);
      }
    });
  }
}

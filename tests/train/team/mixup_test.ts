// Mixup in several processes, which this one simulates: an image's partner may be in another process's part of the batch.

import { assert, assertEquals } from "@std/assert";
import { cifarResNet } from "../../../engine/mod.ts";
import { newImageSet } from "../../../data/mod.ts";
import { trainSchema } from "../../../train/config/schema/train.ts";
import { silent } from "../../../train/progress/progress.ts";
import { Share } from "../../../train/team/share.ts";
import { epochOf } from "../../../train/trainer/epoch.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { imageSource } from "../../../train/trainer/source.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";
import { counted } from "../../engine/counted.ts";
import { deviceOf } from "../../engine/families.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";
import { CLASSES, setupOn, SIDE } from "../trainer/small_trainer.ts";

/** The last batch of an epoch has 11 images; two epochs are 20 steps. */
const [COUNT, BATCH, STEPS] = [155, 16, 20];

/** At 0.02 one rounding of the first weights moves the losses of one process by up to 7e-5: an activation is close to 0. */
const LR = 0.005;

const images = newImageSet(COUNT, SIDE, SIDE, 1, Array.from({ length: CLASSES }, (_, i) => `${i}`));
images.images.set(Uint8Array.from(counted(3, images.images.length), (u) => Math.floor(256 * u)));
images.labels.set(Array.from(images.labels, (_, i) => [0, 1, 0, 2, 0, 1, 3][i % 7]));

/** The loss of each step, by the loader's images. @param from The first step of the first epoch. */
async function lossesIn(ranks: number, keys: object, from = 0): Promise<number[]> {
  const device = await deviceOf("lane");
  const network = cifarResNet({ depth: 8, classes: CLASSES, channels: 1, widths: [4, 8, 12] });
  const all = await Promise.all(
    inProcess(ranks).map(async (communicator) => {
      const share = new Share(communicator);
      const setup = { ...setupOn(device, network), train: images };
      const config = trainSchema.parse({
        ...{ batch: BATCH, workers: 1, mixup: 1, data: { augment: { pad: 1, flip: true } } },
        ...keys,
      });
      using trainer = imageTrainer(setup, config, share);
      using source = imageSource(setup, config, silent, new AbortController().signal, share);
      trainer.load(trainer.fresh(setup.stage1));
      const sums = [0];
      for (let epoch = 0; sums.length <= STEPS - from; epoch++) {
        const facts = { ...epochOf(setup, config, epoch), lr: LR };
        let step = epoch === 0 ? from : 0;
        const batches = await source.open(epoch, trainer.most);
        for await (const batch of batches(facts.order.subarray(step * BATCH), setup.stage1)) {
          await trainer.step(batch, { ...facts, step: step++ });
          sums.push(sumsOf(await trainer.state()).loss);
        }
      }
      return sums.slice(1).map((sum, i) => sum - sums[i]);
    }),
  );
  for (const losses of all) assertEquals(losses, all[0]); // each process knows the whole loss
  return all[0];
}

for (
  const [name, keys] of [
    ["ce", { statistics: "frozen" }],
    ["gml by the statistics of all", { loss: { name: "gml" }, statistics: "updated", syncBatchNorm: true }],
    ["gml in parts", { loss: { name: "gml" }, statistics: "frozen", microBatch: 2 }],
  ] as const
) {
  Deno.test(`20 steps with mixup in 2 and 3 processes lose what one loses, ${name}`, async () => {
    const alone = await lossesIn(1, keys);
    assertEquals(alone.length, STEPS);
    const plain = await lossesIn(1, { ...keys, mixup: null });
    assert(alone.every((loss, i) => loss > 0.01 && loss !== plain[i]));
    for (const ranks of [2, 3]) assertNear(await lossesIn(ranks, keys), alone);
  });
}

Deno.test("an epoch with mixup that goes on amid it mixes the pairs of the whole one", async () => {
  const keys = { statistics: "frozen", optimizer: { lr: 0.02 } };
  assertNear(await lossesIn(2, keys, 7), await lossesIn(1, keys, 7));
});

function assertNear(losses: readonly number[], expected: readonly number[]): void {
  const off = losses.map((loss, i) => Math.abs(loss - expected[i]) / expected[i]);
  const most = Math.max(...off);
  assert(most < 1e-5, `off by ${most} at step ${off.indexOf(most) + 1}`);
}

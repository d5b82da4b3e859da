// Into which parts batches are taken, by what the memory and the kernels hold.

import type { ImageSet } from "../../../data/mod.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { MemoryError, networkOf, Parameters, type Tensor } from "../../../engine/mod.ts";
import { firstFitting, halves, partsOf } from "../../../train/features/batch_parts.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { trainingConfig, trainSchema } from "../../../train/config/schema/train.ts";
import { stagesOf } from "../../../train/setup/trained_part.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { deviceOf, FAMILIES } from "../../engine/families.ts";
import { after, assertSame, batchOf, setupOf, SIDE, timeOf, trainerOf, withRoom } from "./small_trainer.ts";

Deno.test("parts are as even as can be, and all of the batch", () => {
  assertEquals(partsOf(10, 4), [4, 3, 3]);
  assertEquals(partsOf(10, 10), [10]);
  assertEquals(partsOf(10, 512), [10]);
  assertEquals(partsOf(7, 1), [1, 1, 1, 1, 1, 1, 1]);
  for (const [count, most] of [[512, 37], [38, 16], [177, 70]]) {
    const parts = partsOf(count, most);
    assertEquals(parts.reduce((a, b) => a + b), count);
    assert(Math.max(...parts) <= most && Math.max(...parts) - Math.min(...parts) <= 1, `${parts}`);
  }
  assertEquals([...halves(10)], [10, 5, 3, 2, 1]);
  assertEquals([...halves(1)], [1]);
});

Deno.test("the first way that fits is taken, and where none fits textures the first that the memory holds", async () => {
  const device = await deviceOf("lane");
  const side = device.gpu.limits.maxTextureDimension2D;
  const way = (bytes: number, side: number) => ({ needs: { bytes, side, largest: 4, workgroups: 1 } });
  const [large, wide, wider, small] = [way(101, 1), way(100, side + 1), way(50, side + 2), way(20, side)];
  assertEquals(firstFitting(device, [large, wide, wider, small], 100), small);
  assertEquals(firstFitting(device, [large, wide, wider], 100), wide);
  assertEquals(firstFitting(device, [large, wide, wider], 99), wider);
  assertEquals(firstFitting(device, [large], 100), null);
});

Deno.test("auto takes as few parts as the budget holds, and stays within it", async () => {
  for (const family of FAMILIES) {
    const setup = await setupOf(family);
    const { device } = setup;
    const { memory } = device;
    const keys = { loss: { name: "gml" } };
    const whole = await after(setup, 10, keys);
    /** What a trainer and its plans take at most, with a state read. */
    const taken = async (microBatch: number) => {
      const before = memory.used;
      memory.peak = before;
      await after(setup, 10, { ...keys, microBatch });
      return memory.peak - before;
    };
    const [all, half] = [await taken(10), await taken(5)];
    assert(half < all, `${half} ${all}`);
    // Half of 5 in parts of 3, 3, 2 and 2 takes plans of two sizes, and with them more than two parts of 5.
    const expected = [[all, [10]], [all - 1, [5, 5]], [half, [5, 5]], [half - 1, [2, 2, 2, 2, 2]]] as const;
    for (const [room, parts] of expected) {
      await withRoom(device, room, async () => {
        const before = memory.used;
        using trainer = trainerOf(setup, 10, keys);
        assertEquals(trainer.parts, parts);
        // A short batch has plans of its own, for which the others make room.
        for (const count of [10, 7, 10]) await trainer.step(batchOf(count, 1), timeOf(1));
        assertEquals((await trainer.state()).get("training sums")![2], 3);
        trainer[Symbol.dispose]();
        assertEquals(memory.used, before);
      });
    }
    assertSame(family, await withRoom(device, half, () => after(setup, 10, keys)), whole);
  }
});

Deno.test("a batch too large for textures is split where kernels read them, unless norms go by the batch", async () => {
  for (const family of FAMILIES) {
    const setup = await setupOf(family);
    const { maxTextureDimension2D } = setup.device.gpu.limits;
    const count = Math.ceil(maxTextureDimension2D / SIDE) + 1; // images have that many rows
    const many = { ...setup, train: { ...setup.train, count } as ImageSet };
    const parts = (keys: object) => {
      using trainer = trainerOf(many, count, keys);
      return trainer.parts.length;
    };
    assertEquals(parts({}), family === "lane" ? 2 : 1);
    assertEquals(parts({ statistics: "updated" }), 1);
    assertEquals(parts({ microBatch: count }), 1);
  }
});

Deno.test("a budget that does not hold one image says what it takes, and leaves nothing behind", async () => {
  const setup = await setupOf("tile");
  const { device } = setup;
  await withRoom(device, 20_000, () => {
    const before = device.memory.used;
    const { message } = assertThrows(() => trainerOf(setup, 10, {}), MemoryError);
    assertMatch(
      message,
      /^Cannot train on batches of 10: it takes \S+ [MK]iB to take one image at a time, current budget of 4096\.0 MiB leaves \S+ \S+ beside the weights: no smaller batch fits either: raise memoryBudget, or take smaller images\nLargest parts of a step:\n( +[\d.]+ \S+ {2}.+\n)+In use:\n/,
    );
    assertEquals(device.memory.used, before);
  });
});

Deno.test("512 images of 224 x 224 through ResNet-50 are dozens of parts under 4 GiB, by measuring alone", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const before = device.memory.used;
    const network = networkOf("resnet50", { classes: 1000, channels: 3 });
    using open = new DisposableStack();
    const store = (tensors: readonly Tensor[]) => open.use(new Parameters(device, tensors, "weights"));
    const setup = {
      ...{ network, device, counts: new Uint32Array(1000).fill(115) },
      ...{ backbone: stagesOf(network).map(store), statistics: store(network.statistics) },
      dataset: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      train: { height: 224, width: 224, channels: 3, count: 115_846 },
    } as unknown as Setup;
    const most = (keys: object) => {
      using trainer = imageTrainer(setup, trainSchema.parse({ batch: 512, loss: { name: "gml" }, ...keys }));
      assertEquals(trainer.parts.reduce((a, b) => a + b), 512);
      return trainer.parts[0];
    };
    // 16 on an adapter whose bindings are 128 MiB; activations and gradients are about 100 MiB an image.
    const all = most({});
    assert(all >= 8 && all <= 32, `${family}: ${all}`);
    assert(most({ train: "last-stage" }) >= all);
    assert(most({ train: "classifier" }) > all);
    open.dispose();
    assertEquals(device.memory.used, before);
  }
});

Deno.test("PaCo is not split: it says so where the memory is short, and where it is asked for", async () => {
  const setup = await setupOf("tile");
  const keys = {
    paco: { queue: 20, features: 4 },
    statistics: "updated",
    loss: { name: "balanced-softmax" },
  };
  await withRoom(setup.device, 100_000, () => {
    const { message } = assertThrows(() => trainerOf(setup, 10, keys), MemoryError);
    assertStringIncludes(message, "MiB for all of them at once");
    assertStringIncludes(
      message,
      "PaCo compares each image with the keys of its whole batch, so that it cannot be",
    );
    const most = Number(/lower batch, to (\d+) at most here, or raise memoryBudget\n/.exec(message)![1]);
    // An epoch of whole batches, so that no last batch is too small for batch norms.
    const whole = (count: number) => ({ ...setup, train: { ...setup.train, count } }) as unknown as Setup;
    trainerOf(whole(most), most, keys)[Symbol.dispose]();
    assertThrows(() => trainerOf(whole(most + 1), most + 1, keys), MemoryError);
  });
  const set = ["paco={}", "data.augment.policy=paco", "loss.name=balanced-softmax", "microBatch=16"];
  const { message } = await assertRejects(() => loadConfigOf(trainingConfig, null, { set }), RangeError);
  assertStringIncludes(message, "microBatch takes auto with paco");
});

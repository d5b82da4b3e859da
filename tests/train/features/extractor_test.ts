// Features depend on the image, the view and the weights, and on nothing that only makes the work faster.

import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { epochOrder, type ImageSet, type MemoryImages } from "../../../data/mod.ts";
import {
  conv2d,
  input,
  interpret,
  loadState,
  MemoryError,
  nameOf,
  normalize,
  type Tensor,
} from "../../../engine/mod.ts";
import { Extractor } from "../../../train/features/extractor.ts";
import type { Pass } from "../../../train/features/pass.ts";
import { assertClose } from "../../engine/close.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();
const { setup, config } = await problem.setUp("batch=59");
addEventListener("unload", () => setup[Symbol.dispose]());
const never = new AbortController().signal;
const plain: Pass = { name: "plain", view: 0, augment: null, statistics: "frozen" };
const augmented: Pass = { ...plain, name: "augmented", view: 1, augment: { pad: 1, flip: true } };

/** Features of a set by an extractor of its own. */
async function featuresOf(
  set: ImageSet,
  pass: Pass,
  changes: Partial<typeof config> = {},
): Promise<Float32Array> {
  using extractor = new Extractor(setup, { ...config, workers: 0, ...changes }, quiet, never);
  return (await extractor.rows(set, pass)).values;
}

const range = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i);

Deno.test("features do not depend on what else is in a batch, nor on the length of a stretch", async () => {
  const width = setup.network.features;
  for (const pass of [plain, augmented]) {
    const whole = await featuresOf(setup.train, pass);
    assertEquals(whole.length, 177 * width);
    // 177 images are a whole batch and a short one; the same images alone are one short batch, padded with more zeros.
    if (pass === plain) {
      for (const [from, to] of [[0, 1], [120, 135], [128, 177]]) {
        const part = await featuresOf(setup.train.subset(range(from, to)), pass);
        assertEquals(part, whole.slice(from * width, to * width));
      }
    }
    assertEquals(await featuresOf(setup.train, pass, { batch: 7 }), whole);
    assertEquals(await featuresOf(setup.train, pass, { workers: 2 }), whole);
    // A second pass knows its speed, so its stretches are longer than one batch.
    using extractor = new Extractor(setup, { ...config, workers: 0 }, quiet, never);
    await extractor.rows(setup.train, plain);
    await extractor.rows(setup.train, plain);
    assertEquals((await extractor.rows(setup.train, pass)).values, whole);
  }
});

Deno.test("where memory is short batches are smaller, and features the same to the bit", async () => {
  const { memory } = setup.device;
  /** Features with so many bytes of the budget left, and how many of them were taken. */
  const within = async (room: number) => {
    const others = memory.left - room;
    memory.take("others", others);
    try {
      const before = memory.peak = memory.used;
      const features = await featuresOf(setup.train, plain);
      return { features, taken: memory.peak - before };
    } finally {
      memory.give("others", others);
    }
  };
  const whole = await within(memory.left);
  const room = 2.6 * 2 ** 20;
  const { features, taken } = await within(room);
  assertEquals(features, whole.features);
  assert(taken <= room && whole.taken > room, `${taken} and ${whole.taken} of ${room}`);
  const { message } = await assertRejects(() => within(100_000), MemoryError);
  assertMatch(
    message,
    /^Cannot compute features of images of 12 x 12: it takes \S+ [MK]iB for one of them, current budget of 4096\.0 MiB leaves \S+ \w+ for it: raise memoryBudget\nLargest parts:\n( +[\d.]+ \S+ {2}.+\n)+In use:\n/,
  );
});

Deno.test("views differ by their number and the seed, and agree when repeated", async () => {
  const first = await featuresOf(setup.train, augmented);
  assertNotEquals(await featuresOf(setup.train, { ...augmented, view: 2 }), first);
  assertNotEquals(await featuresOf(setup.train, augmented, { seed: 1 }), first);
  assertEquals(await featuresOf(setup.train, augmented), first);
});

Deno.test("updated statistics are those of each batch, of the short last one too", async () => {
  const { network, stage1, statistics, dataset } = setup;
  const set = (setup.train as MemoryImages).subset(range(0, 8));
  const pass: Pass = { ...plain, name: "updated", view: 1, statistics: "updated" };
  loadState([statistics], stage1);
  const actual = await featuresOf(set, pass, { batch: 5 });

  // The reference of each batch alone: five images, then three, shuffled by seed and view.
  const order = epochOrder(set.labels, network.classes, { sampler: "instance", seed: config.seed, epoch: 1 });
  const weights = [...network.backbone, ...network.statistics].map((tensor): [Tensor, Float32Array] => {
    const values = stage1.get(nameOf(tensor))!;
    return [tensor, tensor.shape.length === 4 ? channelsLast(values, tensor.shape) : values];
  });
  const mean = new Float64Array(16);
  for (const batch of [order.subarray(0, 5), order.subarray(5)]) {
    const { images } = set.subset(batch);
    const x = input("images", [batch.length, set.height, set.width, set.channels], "u8");
    const pixels = normalize(x, dataset);
    const { features } = network.forward(pixels, { training: true });
    const first = conv2d(pixels, network.backbone[0], { stride: 1, padding: 1 });
    const [expected, channels] = interpret(
      [features, first],
      new Map<Tensor, ArrayLike<number>>([[x, images], ...weights]),
    );
    batch.forEach((image, i) => {
      const [got, wanted] = [
        actual.subarray(image * 64, image * 64 + 64),
        expected.subarray(i * 64, i * 64 + 64),
      ];
      // Seven layers, each divided by a deviation that a batch of few images gives to about 1e-6.
      assertClose(`features of image ${image}`, got, wanted, { relative: 1e-4 });
    });
    // torch: running_mean = 0.9 running_mean + 0.1 mean of the batch.
    for (let c = 0; c < 16; c++) mean[c] = 0.9 * mean[c] + 0.1 * channelMeanOf(channels, c, 16);
  }
  const [runningMean] = [...(await statistics.read()).values()];
  assertClose("bn1.running_mean", runningMean, mean, { relative: 1e-5 });
  loadState([statistics], stage1);
});

/** [out, in, k, k] to [out, k, k, in]. */
function channelsLast(values: Float32Array, [outC, height, width, inC]: readonly number[]): Float32Array {
  const taps = height * width;
  return values.map((_, i) => {
    const [out, tap, channel] = [Math.floor(i / taps / inC), Math.floor(i / inC) % taps, i % inC];
    return values[(out * inC + channel) * taps + tap];
  }).subarray(0, outC * taps * inC);
}

function channelMeanOf(values: Float64Array, channel: number, channels: number): number {
  const own = values.filter((_, i) => i % channels === channel);
  return own.reduce((a, b) => a + b, 0) / own.length;
}

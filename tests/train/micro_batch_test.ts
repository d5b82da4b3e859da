// Batches in parts: the steps of the whole batch, whatever the loss and however the batch is cut.

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  cifarResNet,
  type Device,
  type Family,
  globalAvgPool,
  type HeadKind,
  headOf,
  loadState,
  MemoryError,
  type Network,
  networkOf,
  Parameters,
  relu,
  stateShapes,
  type Tensor,
} from "../../engine/mod.ts";
import { Registry } from "../../engine/nn/layers.ts";
import { firstFitting, halves, partsOf } from "../../train/batch_parts.ts";
import { loadConfigOf } from "../../train/config.ts";
import type { Setup, State } from "../../train/setup.ts";
import { trainingConfig, trainSchema } from "../../train/train_schema.ts";
import { stagesOf } from "../../train/trained_part.ts";
import { sumsOf, Trainer } from "../../train/trainer.ts";
import { assertClose } from "../engine/close.ts";
import { counted } from "../engine/counted.ts";
import { deviceOf, FAMILIES } from "../engine/families.ts";
import { ofHalf } from "../half.ts";

const [SIDE, CLASSES] = [8, 4];
const COUNTS = Uint32Array.of(90, 40, 15, 6);
const WEIGHTS = Float32Array.of(0.3, 0.6, 1.1, 2);

/** Two convolutions with norms: parts of every size have shaders of their own, and few are compiled soon. */
function smallNetwork(head: HeadKind): Network {
  const registry = new Registry();
  const [first, norm1] = [registry.conv("first.conv", 1, 4, 3), registry.norm("first.bn", 4)];
  const [second, norm2] = [registry.conv("last.conv", 4, 8, 3, 2), registry.norm("last.bn", 8)];
  const { weights: backbone, statistics } = registry;
  const classifier = headOf(head, { classes: CLASSES, features: 8 });
  const shape = cifarResNet({ depth: 8, classes: CLASSES });
  return {
    ...shape,
    ...{
      name: "small",
      stages: ["first.", "last."],
      features: 8,
      classes: CLASSES,
      backbone,
      statistics,
      classifier,
    },
    forward: (images, forward) => {
      const hidden = relu(norm1(first(images), forward));
      return globalAvgPool(relu(norm2(second(hidden), forward)));
    },
  };
}

/** A network with norms that have seen something, on a device that others use too. */
function setupOn(device: Device, network: Network): Setup {
  let seed = 5;
  const stage1 = network.classifier.unfold(
    new Map([...stateShapes(network)].map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const spread = shape.length === 4 ? 4 * Math.sqrt(2 / (size / shape[0])) : 0.6;
      const centre = /bn\d?\.weight|running_var/.test(name) ? 1 : 0;
      return [name, Float32Array.from(counted(seed++, size), (u) => centre + spread * (u - 0.5))] as const;
    })),
  );
  const backbone = stagesOf(network).map((tensors) => new Parameters(device, tensors, "backbone"));
  const statistics = new Parameters(device, network.statistics, "statistics");
  loadState([...backbone, statistics], stage1);
  return {
    ...{ network, device, stage1, backbone, statistics, counts: COUNTS },
    dataset: { mean: [0.5], std: [0.25] },
    train: { height: SIDE, width: SIDE, channels: 1, count: COUNTS.reduce((a, b) => a + b) },
  } as unknown as Setup;
}

/** So many images of all classes, the rare ones in few places. */
function batchOf(count: number, step: number) {
  const images = Uint8Array.from(counted(100 + step, count * SIDE * SIDE), (u) => Math.floor(256 * u));
  const labels = Uint32Array.from({ length: count }, (_, i) => [0, 1, 0, 2, 0, 1, 3][(i + step) % 7]);
  return { images, images2: null, labels, indices: labels, count };
}

/** A trainer of batches of so many images, with the values to begin with. */
function trainerOf(setup: Setup, count: number, keys: object): Trainer {
  const base = { batch: count, statistics: "frozen", optimizer: { momentum: 0.9 } };
  const trainer = new Trainer(setup, trainSchema.parse({ ...base, ...keys }));
  trainer.load(trainer.fresh(setup.stage1));
  return trainer;
}

const timeOf = (step: number) => ({ epoch: 0, step, lr: 0.02, weights: WEIGHTS });

/** What three steps leave, by a trainer of its own. */
async function after(setup: Setup, count: number, keys: object): Promise<State> {
  using trainer = trainerOf(setup, count, keys);
  for (let step = 0; step < 3; step++) await trainer.step(batchOf(count, step), timeOf(step));
  return await trainer.state();
}

/** Compares losses, hits and all weights. */
function assertSame(name: string, actual: State, expected: State, relative = 2e-5): void {
  assertEquals([...actual.keys()], [...expected.keys()]);
  assertClose(`${name} loss`, [sumsOf(actual).loss], [sumsOf(expected).loss], { relative });
  assertEquals(sumsOf(actual).steps, 3);
  for (const [key, values] of expected) {
    if (key !== "training sums") {
      assertClose(`${name} ${key}`, actual.get(key)!, values, { relative, absolute: 1e-6 });
    }
  }
}

const setups = new Map<string, Setup>();
/** One for each family and last layer, so that trainers share shaders. */
async function setupOf(family: Family, head: HeadKind = "linear"): Promise<Setup> {
  const key = `${family} ${head}`;
  if (!setups.has(key)) setups.set(key, setupOn(await deviceOf(family), smallNetwork(head)));
  return setups.get(key)!;
}

/** Runs with so many bytes of the budget left. */
async function withRoom<T>({ memory }: Device, bytes: number, run: () => Promise<T> | T): Promise<T> {
  const others = memory.left - bytes;
  memory.take("others", others);
  try {
    return await run();
  } finally {
    memory.give(others);
  }
}

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
    const many = { ...setup, train: { ...setup.train, count } };
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
      /^Cannot train on batches of 10: it takes 0\.\d MiB to take one image at a time, current budget of 4096\.0 MiB leaves 0\.0 MiB beside the weights: raise memoryBudget, or take smaller images$/,
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
      using trainer = new Trainer(setup, trainSchema.parse({ batch: 512, loss: { name: "gml" }, ...keys }));
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
      "PaCo compares each image with the keys of its whole batch, so that it cannot be split: lower batch or raise",
    );
  });
  const set = ["paco={}", "data.augment.policy=paco", "loss.name=balanced-softmax", "microBatch=16"];
  const { message } = await assertRejects(() => loadConfigOf(trainingConfig, null, { set }), RangeError);
  assertStringIncludes(message, "microBatch takes auto with paco");
});

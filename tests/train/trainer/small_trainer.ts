// A network of two convolutions and a trainer of it, for steps on batches of any size.

import { assertEquals } from "@std/assert";
import type { Batch } from "../../../data/mod.ts";
import {
  cifarResNet,
  type Device,
  type Family,
  globalAvgPool,
  type HeadKind,
  headOf,
  loadState,
  type Network,
  Parameters,
  relu,
  stateShapes,
} from "../../../engine/mod.ts";
import { BatchNorms, Registry } from "../../../engine/nn/layers.ts";
import type { StepTime } from "../../../train/trainer/methods/method.ts";
import type { Setup, State } from "../../../train/setup/setup.ts";
import { trainSchema } from "../../../train/config/schema/train.ts";
import { stagesOf } from "../../../train/setup/trained_part.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { sumsOf, type Trainer } from "../../../train/trainer/trainer.ts";
import { assertClose } from "../../engine/close.ts";
import { counted } from "../../engine/counted.ts";
import { deviceOf } from "../../engine/families.ts";

/** Height and width of an image, and how many classes there are. */
export const [SIDE, CLASSES]: [number, number] = [8, 4];
const COUNTS = Uint32Array.of(90, 40, 15, 6);
const WEIGHTS = Float32Array.of(0.3, 0.6, 1.1, 2);

/** Two convolutions with norms: parts of every size have shaders of their own, and few are compiled soon. */
export function smallNetwork(head: HeadKind): Network {
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
    forward: (images, options) => {
      const norms = new BatchNorms(options);
      const hidden = relu(norm1(first(images), norms));
      return { features: globalAvgPool(relu(norm2(second(hidden), norms))), updates: norms.updates };
    },
  };
}

/** A network with norms that have seen something, on a device that others use too. */
export function setupOn(device: Device, network: Network): Setup {
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
export function batchOf(count: number, step: number): Batch {
  const images = Uint8Array.from(counted(100 + step, count * SIDE * SIDE), (u) => Math.floor(256 * u));
  const labels = Uint32Array.from({ length: count }, (_, i) => [0, 1, 0, 2, 0, 1, 3][(i + step) % 7]);
  return { images, images2: null, labels, indices: labels, count };
}

/** A trainer of batches of so many images, with the values to begin with. */
export function trainerOf(setup: Setup, count: number, keys: object): Trainer<Batch> {
  const base = { batch: count, statistics: "frozen", optimizer: { momentum: 0.9 } };
  const trainer = imageTrainer(setup, trainSchema.parse({ ...base, ...keys }));
  trainer.load(trainer.fresh(setup.stage1));
  return trainer;
}

/** When a step of that number is taken. */
export const timeOf = (step: number): StepTime => ({ epoch: 0, step, lr: 0.02, weights: WEIGHTS });

/** What three steps leave, by a trainer of its own. */
export async function after(setup: Setup, count: number, keys: object): Promise<State> {
  using trainer = trainerOf(setup, count, keys);
  for (let step = 0; step < 3; step++) await trainer.step(batchOf(count, step), timeOf(step));
  return await trainer.state();
}

/** Compares losses, hits and all weights. */
export function assertSame(name: string, actual: State, expected: State, relative = 2e-5): void {
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
export async function setupOf(family: Family, head: HeadKind = "linear"): Promise<Setup> {
  const key = `${family} ${head}`;
  if (!setups.has(key)) setups.set(key, setupOn(await deviceOf(family), smallNetwork(head)));
  return setups.get(key)!;
}

/** Runs with so many bytes of the budget left. */
export async function withRoom<T>({ memory }: Device, bytes: number, run: () => Promise<T> | T): Promise<T> {
  const others = memory.left - bytes;
  memory.take("others", others);
  try {
    return await run();
  } finally {
    memory.give("others", others);
  }
}

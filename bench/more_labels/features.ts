import { join } from "node:path";
import { hash32, LegacyRandom, loadDataset, longTailIndices } from "../../data/mod.ts";
import { loadConfig } from "../../train/config/load.ts";
import { Extractor } from "../../train/features/extractor.ts";
import { plainPass } from "../../train/features/pass.ts";
import { MemoryRows } from "../../train/features/memory.ts";
import { silent } from "../../train/progress/progress.ts";
import { setUp } from "../../train/setup/set_up.ts";
import type { State } from "../../train/setup/setup.ts";
import { exists } from "../../data/disk/mod.ts";

/** Further images of each class, where the class has as many that the long tail leaves out. */
export const MOST_MORE = 50;

/** Features of CIFAR100-LT by a stage-1 model, and of further images of each class. */
export interface Stored {
  /** Features of the long tail's images, then of the further images class by class; one augmented view. */
  train: MemoryRows;
  labels: Uint32Array;
  /** Number of the long tail's images. */
  tail: number;
  test: MemoryRows;
  testLabels: Uint32Array;
  stage1: State;
}

/** The long tail of a training set, then up to {@linkcode MOST_MORE} further images of each class. */
function places(labels: Uint32Array, classes: number): { tail: number; all: Uint32Array } {
  const tail = longTailIndices(labels, classes, { ratio: 100 });
  const kept = new Set(tail);
  const more = Array.from({ length: classes }, (_, label) => {
    const rest = Uint32Array.from(labels.keys().filter((i) => labels[i] === label && !kept.has(i)));
    new LegacyRandom(hash32(1, label)).shuffle(rest);
    return [...rest.subarray(0, MOST_MORE)];
  });
  return { tail: tail.length, all: Uint32Array.of(...tail, ...more.flat()) };
}

/** Features by a stage-1 checkpoint: computed, or read where an earlier call left them. @param keep Folder for them. */
export async function featuresOf(checkpoint: string, cifar: string, keep: string): Promise<Stored> {
  const dataset = await loadDataset("cifar100", cifar);
  const { tail, all } = places(dataset.train.labels, dataset.classNames.length);
  const config = await loadConfig("configs/cifar100-lt-gml.yaml", { set: ["data.ratio=1"], checkpoint });
  const train = dataset.train.subset(all);
  using setup = await setUp(config, silent, { cache: keep, dataset: { ...dataset, train } });
  using extractor = new Extractor(setup, config, silent, new AbortController().signal);
  const width = setup.network.features;
  const name = checkpoint.replace(/^.*\/|\.pt$/g, "");
  const rowsOf = async (set: typeof train, part: string, pass: Parameters<Extractor["rows"]>[1]) => {
    const file = join(keep, `${name}-${part}.f32`);
    if (exists(file)) return new MemoryRows(width, new Float32Array((await Deno.readFile(file)).buffer));
    const rows = await extractor.rows(set, pass);
    await Deno.writeFile(file, new Uint8Array(rows.values.buffer));
    return rows;
  };
  const view = { name: "view", view: 1, augment: config.data.augment, statistics: "frozen" } as const;
  return {
    train: await rowsOf(train, "train", view),
    labels: train.labels,
    tail,
    test: await rowsOf(dataset.test, "test", { ...plainPass, name: "test" }),
    testLabels: dataset.test.labels,
    stage1: setup.stage1,
  };
}

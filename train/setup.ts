import { classCounts, type Dataset, type ImageSet, loadDataset, longTail, subset } from "../data/mod.ts";
import {
  Device,
  loadState,
  matchState,
  nameOf,
  type Network,
  networkOf,
  Parameters,
  parseCheckpoint,
  stateShapes,
} from "../engine/mod.ts";
import type { Config } from "./config.ts";
import type { Progress } from "./progress.ts";

/** Weights and bias of a classifier, as they are trained and evaluated. */
export interface Head {
  /** [classes, features]. */
  weight: Float32Array;
  /** [classes]. */
  bias: Float32Array;
}

/** Everything a run works with: data cut to its tail, device, network with stage-1 weights. */
export interface Setup extends Disposable {
  dataset: Dataset;
  /** The training images that the cut keeps. */
  train: ImageSet;
  /** Training images of each class. */
  counts: Uint32Array;
  device: Device;
  network: Network;
  backbone: Parameters;
  statistics: Parameters;
  /** The classifier of the checkpoint. */
  head: Head;
}

/**
 * Loads data and checkpoint and opens the device, the cheapest to fail first.
 *
 * @param cache Folder for fetched data.
 * @throws {TypeError} when the config names no checkpoint. @throws {Error} when a file is missing or does not fit.
 */
export async function setUp(config: Config, progress: Progress, cache: string): Promise<Setup> {
  if (config.checkpoint === null) {
    throw new TypeError(
      "Cannot start: it takes a stage-1 checkpoint, current config names none: give one with --checkpoint FILE",
    );
  }
  const bytes = await readFile(config.checkpoint);
  const dataset = await loadDataset(config.data.source, config.data.dir, {
    cache,
    onProgress: (message) => progress.line(message),
  });
  const { ratio, seed } = config.data;
  const classes = dataset.classNames.length;
  const train = subset(dataset.train, longTail(dataset.train.labels, classes, { ratio, seed }));
  const counts = classCounts(train.labels, classes);
  const network = networkOf(config.network, { classes, channels: train.channels });
  const state = readState(config.checkpoint, bytes, network);

  const device = await Device.open({ family: config.family });
  const backbone = new Parameters(device, network.backbone, "backbone");
  const statistics = new Parameters(device, network.statistics, "running statistics");
  loadState([backbone, statistics], state);
  return {
    dataset,
    train,
    counts,
    device,
    network,
    backbone,
    statistics,
    head: headOf(network, state),
    [Symbol.dispose]() {
      for (const owned of [backbone, statistics, device]) owned[Symbol.dispose]();
    },
  };
}

/** The classifier of another checkpoint of the same network, with its whole state. */
export async function readStage1(path: string, network: Network): Promise<Map<string, Float32Array>> {
  return readState(path, await readFile(path), network);
}

/** The classifier in a state. */
export function headOf({ classifier }: Network, state: ReadonlyMap<string, Float32Array>): Head {
  return { weight: state.get(nameOf(classifier.weight))!, bias: state.get(nameOf(classifier.bias))! };
}

function readState(path: string, bytes: Uint8Array, network: Network): Map<string, Float32Array> {
  try {
    return matchState(stateShapes(network), parseCheckpoint(bytes).state, { network: network.name });
  } catch (cause) {
    throw new Error(`Cannot use the checkpoint ${path}`, { cause });
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : (cause as Error).message;
    throw new Error(`Cannot read the checkpoint ${path}: ${why}`, { cause });
  }
}

import { type Dataset, loadDataset } from "../../data/mod.ts";
import { Device, type HeadKind, loadState, type Network, networkOf, Parameters } from "../../engine/mod.ts";
import { checkThere, readCheckpoint, takeCheckpoint, tellTaken } from "./checkpoint.ts";
import { fitClasses, type Fitted } from "./class_fit.ts";
import { readListCounts } from "./class_order.ts";
import type { Config } from "../config/load.ts";
import type { Progress } from "../progress/progress.ts";
import type { Setup, State } from "./setup.ts";
import { stagesOf } from "./trained_part.ts";
import { keptTuning } from "../machine/tuning_file.ts";

/** The keys of a config that {@linkcode setUp} reads. */
export type SetupConfig =
  & Pick<
    Config,
    "data" | "network" | "extraBlock" | "checkpoint" | "checkpointList" | "family" | "memoryBudget" | "tune"
  >
  & { head: HeadKind };

/** Inputs of {@linkcode setUp} beside the config. */
export interface SetupOptions {
  /** Folder for fetched and computed files. */
  cache: string;
  /** The checkpoint's bytes, in place of the file that the config names. */
  bytes?: Uint8Array;
  /** Called between steps that take their time; what it throws ends the opening. */
  check?: () => void;
  /** Images in place of those that the config names. */
  dataset?: Dataset;
  /** Initialises the weights where the config names no checkpoint; default: a missing checkpoint is an error. */
  draw?: (network: Network) => State;
  /** Initialises the parts a checkpoint may lack, such as a classifier for other classes; default: it must have all. */
  reinit?: (network: Network) => State;
}

/**
 * Loads data and checkpoint and opens the device, in the order of the time lost if a step fails.
 *
 * @throws {TypeError} when the config names no checkpoint. @throws {RangeError} when a class cannot be evaluated.
 * @throws {Error} when a file is missing or does not fit. @throws {DeviceError} when there is no adapter.
 */
export async function setUp(config: SetupConfig, progress: Progress, options: SetupOptions): Promise<Setup> {
  const { checkpoint } = config;
  const { check = () => {} } = options;
  if (checkpoint === null && !options.draw) {
    throw new TypeError(
      "Cannot start: it takes a stage-1 checkpoint, current config names none: give one with --checkpoint FILE",
    );
  }
  if (checkpoint !== null && !options.bytes) await checkThere(checkpoint);
  const { source, dir, ...data } = config.data;
  const dataset = options.dataset ?? await loadDataset(source, dir, {
    ...data,
    cache: options.cache,
    onProgress: (message) => {
      check();
      progress.line(message);
    },
  });
  check();
  checkTestImages(dataset);
  const classes = dataset.classNames.length;
  const train = dataset.train.longTail(data);
  const counts = train.classCounts();
  const { head, extraBlock } = config;
  const network = networkOf(config.network, { classes, channels: train.channels, head, extraBlock });
  const taken = checkpoint === null
    ? null
    : await fittedCheckpoint(config, { network, dataset, counts }, progress, options);
  const stage1 = taken ? taken.state : options.draw!(network);

  using open = new DisposableStack();
  const { family, memoryBudget } = config;
  const bytes = memoryBudget === null ? undefined : memoryBudget * 2 ** 30;
  check();
  const device = open.use(await Device.open({ family, memoryBudget: bytes }));
  device.tuning = await keptTuning(device, config.tune, options.cache, progress);
  const backbone = stagesOf(network).map((tensors) => open.use(new Parameters(device, tensors, "backbone")));
  const statistics = open.use(new Parameters(device, network.statistics, "running statistics"));
  loadState([...backbone, statistics], stage1);
  check();
  const opened = open.move();
  return {
    dataset,
    train,
    counts,
    device,
    network,
    backbone,
    statistics,
    stage1,
    initialized: taken ? taken.initialized : [...stage1.keys()],
    sameOrder: taken?.sameOrder ?? true,
    cache: options.cache,
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** Reads the checkpoint of a config for the run's network and classes. @throws {Error} when it does not fit. */
async function fittedCheckpoint(
  { checkpoint, checkpointList: list }: SetupConfig,
  run: Pick<Setup, "network" | "dataset" | "counts">,
  progress: Progress,
  { bytes, ...options }: SetupOptions,
): Promise<Fitted> {
  const path = checkpoint!;
  const reinit = options.reinit?.(run.network);
  const taken = bytes
    ? takeCheckpoint(path, bytes, run.network, reinit)
    : await readCheckpoint(path, run.network, reinit);
  tellTaken(taken, progress);
  const counts = list === null ? taken.classes.counts : await readListCounts(list, run.counts.length);
  const fitted = fitClasses(path, { ...taken, classes: { ...taken.classes, counts } }, run, progress, reinit);
  if (list !== null && !fitted.sameOrder) {
    progress.line(
      `${list} does not tell the order of the checkpoint's classes: its class counts are not the run's`,
    );
  }
  return fitted;
}

/** @throws {RangeError} when the cut leaves a class without images, which cannot be learned. */
export function checkTrainingImages({ dataset, counts }: Setup, { data }: SetupConfig): void {
  const label = counts.indexOf(0);
  if (label < 0) return;
  const cause = dataset.train.classCounts()[label] === 0
    ? "the data set has none of it"
    : `the imbalance ratio ${data.ratio} is too high for so few images`;
  throw new RangeError(
    `Cannot train: it takes training images of every class, current are none of class ${label} ` +
      `(${dataset.classNames[label]}): ${cause}`,
  );
}

function checkTestImages({ test, classNames }: Dataset): void {
  const counts = test.classCounts();
  const label = counts.indexOf(0);
  if (label < 0) return;
  const more = counts.reduce((zeros, count) => zeros + Number(count === 0), -1);
  throw new RangeError(
    `Cannot evaluate: it takes test images of every class, current are none of class ${label} ` +
      `(${classNames[label]})${
        more > 0 ? ` and ${more} more` : ""
      }: the test set belongs to another data set, or was cut`,
  );
}

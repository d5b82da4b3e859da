import { classCounts, type Dataset, loadDataset, longTail, subset } from "../../data/mod.ts";
import { Device, type HeadKind, loadState, type Network, networkOf, Parameters } from "../../engine/mod.ts";
import { checkThere, readCheckpoint, tellTaken } from "./checkpoint.ts";
import { fitClasses, type Fitted } from "./class_fit.ts";
import { readListCounts } from "./class_order.ts";
import type { Config } from "../config/load.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Setup, State } from "./setup.ts";
import { stagesOf } from "./trained_part.ts";
import { keptTuning } from "../machine/tuning_file.ts";

/** The part of a config that says what a run works with. */
export type SetupConfig =
  & Pick<
    Config,
    "data" | "network" | "extraBlock" | "checkpoint" | "checkpointList" | "family" | "memoryBudget" | "tune"
  >
  & { head: HeadKind };

/** What {@linkcode setUp} needs besides the config. */
export interface SetupOptions {
  /** Folder for what is fetched or computed once. */
  cache: string;
  /** Once it is aborted, what takes long ends with its reason. */
  signal?: AbortSignal;
  /** Images in place of those that the config names. */
  dataset?: Dataset;
  /** Draws the weights to begin with where the config names no checkpoint; an error without it. */
  draw?: (network: Network) => State;
  /** Draws the parts that a checkpoint need not have, and may have for other classes; none without it. */
  anew?: (network: Network) => State;
}

/**
 * Loads data and checkpoint and opens the device, the cheapest to fail first.
 *
 * @throws {TypeError} when the config names no checkpoint. @throws {RangeError} when there is nothing to evaluate by.
 * @throws {Error} when a file is missing or does not fit. @throws {DeviceError} when there is no adapter.
 */
export async function setUp(config: SetupConfig, progress: Progress, options: SetupOptions): Promise<Setup> {
  const { checkpoint } = config;
  if (checkpoint === null && !options.draw) {
    throw new TypeError(
      "Cannot start: it takes a stage-1 checkpoint, current config names none: give one with --checkpoint FILE",
    );
  }
  if (checkpoint !== null) await checkThere(checkpoint);
  const { source, dir, ...data } = config.data;
  const dataset = options.dataset ?? await loadDataset(source, dir, {
    ...data,
    cache: options.cache,
    signal: options.signal,
    onProgress: (message) => progress.line(message),
  });
  checkTestImages(dataset, progress);
  const classes = dataset.classNames.length;
  const train = subset(dataset.train, longTail(dataset.train.labels, classes, data));
  const counts = classCounts(train.labels, classes);
  const { head, extraBlock } = config;
  const network = networkOf(config.network, { classes, channels: train.channels, head, extraBlock });
  const taken = checkpoint === null
    ? null
    : await fittedCheckpoint(config, { network, dataset, counts }, progress, options.anew?.(network));
  const stage1 = taken ? taken.state : options.draw!(network);

  using open = new DisposableStack();
  const { family, memoryBudget } = config;
  const bytes = memoryBudget === null ? undefined : memoryBudget * 2 ** 30;
  const device = open.use(await Device.open({ family, memoryBudget: bytes }));
  device.tuning = await keptTuning(device, config.tune, options.cache, progress);
  const backbone = stagesOf(network).map((tensors) => open.use(new Parameters(device, tensors, "backbone")));
  const statistics = open.use(new Parameters(device, network.statistics, "running statistics"));
  loadState([...backbone, statistics], stage1);
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
    drawn: taken ? taken.drawn : [...stage1.keys()],
    sameOrder: taken?.sameOrder ?? true,
    cache: options.cache,
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** The checkpoint of a config, for the run's network and classes. @throws {Error} when it is not. */
async function fittedCheckpoint(
  { checkpoint, checkpointList: list }: SetupConfig,
  run: Pick<Setup, "network" | "dataset" | "counts">,
  progress: Progress,
  anew?: State,
): Promise<Fitted> {
  const path = checkpoint!;
  const taken = await readCheckpoint(path, run.network, anew);
  tellTaken(taken, progress);
  const counts = list === null ? taken.classes.counts : await readListCounts(list, run.counts.length);
  const fitted = fitClasses(path, { ...taken, classes: { ...taken.classes, counts } }, run, progress, anew);
  if (list !== null && !fitted.sameOrder) {
    progress.line(
      `${list} does not tell the order of the checkpoint's classes: its class counts are not the run's`,
    );
  }
  return fitted;
}

/** @throws {RangeError} when the cut leaves a class without images: nothing can be learned of it. */
export function checkTrainingImages({ dataset, counts }: Setup, { data }: SetupConfig): void {
  const label = counts.indexOf(0);
  if (label < 0) return;
  const cause = classCounts(dataset.train.labels, counts.length)[label] === 0
    ? "the data set has none of it"
    : `the imbalance ratio ${data.ratio} is too high for so few images`;
  throw new RangeError(
    `Cannot train: it takes training images of every class, current are none of class ${label} ` +
      `(${dataset.classNames[label]}): ${cause}`,
  );
}

/** Tells of classes without test images. @throws {RangeError} when there are no test images at all. */
function checkTestImages({ test, classNames }: Dataset, progress: Progress): void {
  const counts = classCounts(test.labels, classNames.length);
  const without = classNames.filter((_, label) => counts[label] === 0);
  if (without.length === 0) return;
  if (without.length === classNames.length) {
    throw new RangeError(
      "Cannot evaluate: it takes test images, current are none: the test set is of another data set, or cut",
    );
  }
  const more = without.length - 5;
  progress.line(
    `${without.length} of ${classNames.length} classes have no test images and do not count in any metric: ` +
      `${without.slice(0, 5).join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  );
}

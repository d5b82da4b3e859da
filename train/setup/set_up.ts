import { type Dataset, loadDataset } from "../../data/mod.ts";
import { type HeadKind, loadState, type Network, networkOf, Parameters } from "../../engine/mod.ts";
import {
  checkThere,
  hasOwnClassifier,
  readCheckpoint,
  type Reading,
  takeCheckpoint,
  tellTaken,
} from "./checkpoint.ts";
import { fitClasses, type Fitted } from "./class_fit.ts";
import { readListCounts } from "./class_order.ts";
import type { Config } from "../config/load.ts";
import { jpegLibrary } from "../machine/jpeg_library.ts";
import { pretrainedFile } from "../pretrained/pretrained.ts";
import { IMAGENET, type PublishedFiles } from "../pretrained/published.ts";
import type { Progress } from "../progress/progress.ts";
import { unlessAborted } from "../progress/stopping.ts";
import { openDevice } from "./device.ts";
import type { ClassifierSetup, Setup, State } from "./setup.ts";
import { tellLearned, withValidation } from "./validation.ts";
import { stagesOf } from "./trained_part.ts";

/** The keys of a config that {@linkcode setUp} reads. */
export type SetupConfig =
  & Pick<
    Config,
    | "data"
    | "network"
    | "extraBlock"
    | "checkpoint"
    | "checkpointList"
    | "checkpointKey"
    | "checkpointRename"
    | "pretrained"
    | "mirror"
    | "family"
    | "memoryBudget"
    | "groups"
    | "tune"
  >
  & { head: HeadKind };

/** Inputs of {@linkcode setUp} beside the config. */
export interface SetupOptions {
  /** Folder for fetched and computed files. */
  cache: string;
  /** File or address of the library that `data.decoder: turbojpeg` means; default: the system's. */
  jpegLibrary?: string | null | undefined;
  /** When aborted, loading the data throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The checkpoint's bytes, in place of the file that the config names. */
  bytes?: Uint8Array | undefined;
  /** Called between steps that take their time; what it throws ends the opening. */
  check?: () => void;
  /** Images in place of the images that the config names. */
  dataset?: Dataset | undefined;
  /** Published weights in place of torchvision's. */
  published?: PublishedFiles | undefined;
  /** Initialises the weights where the config names no checkpoint; default: a missing checkpoint is an error. */
  draw?: ((network: Network) => State) | undefined;
  /** Initialises the parts a checkpoint may lack, such as a classifier for other classes; default: it must have all. */
  reinit?: ((network: Network) => State) | undefined;
  /** The model to take of a checkpoint that holds two; by default the first, which training goes on from. */
  which?: Reading["which"] | undefined;
}

/**
 * Loads data and checkpoint and opens the device, in the order of the time lost if a step fails.
 *
 * @throws {TypeError} when the config names no checkpoint. @throws {RangeError} when there is nothing to evaluate by.
 * @throws {Error} when a file is missing or does not fit. @throws {DeviceError} when there is no adapter.
 */
export async function setUp(config: SetupConfig, progress: Progress, options: SetupOptions): Promise<Setup> {
  const { checkpoint, pretrained } = config;
  const { check = () => {} } = options;
  if (checkpoint === null && pretrained === null && !options.draw) {
    throw new TypeError(
      "Cannot start: it takes a stage-1 checkpoint, current config names none: give one with --checkpoint FILE",
    );
  }
  if (checkpoint === null && pretrained !== null && !options.reinit) {
    throw new TypeError(
      `Cannot start: it takes a checkpoint of these classes, current config has pretrained ${pretrained} alone, whose ` +
        "classes are ImageNet's: give what was trained from it with --checkpoint FILE",
    );
  }
  if (checkpoint !== null && !options.bytes) await checkThere(checkpoint);
  const { source, dir, ...data } = config.data;
  const onProgress = (message: string) => {
    check();
    progress.line(message);
  };
  const { cache, signal } = options;
  const load = async () => {
    const library = await jpegLibrary(data.decoder, options.jpegLibrary ?? null);
    return await loadDataset(source, dir, { ...data, jpegLibrary: library, cache, signal, onProgress });
  };
  // A server may be slow, and a disk may hang.
  const loaded = options.dataset ?? await unlessAborted(load(), signal);
  check();
  const dataset = pretrained === null ? loaded : { ...loaded, ...normalisationOf(pretrained, loaded, data) };
  checkTestImages(dataset, progress);
  const classes = dataset.classNames.length;
  const { train, validation } = withValidation(dataset, dataset.train.longTail(data), data, progress);
  const counts = train.classCounts();
  const { head, extraBlock } = config;
  const network = networkOf(config.network, { classes, channels: train.channels, head, extraBlock });
  const file = checkpoint ?? await publishedWeights(config, progress, options);
  const taken = file === null
    ? null
    : await fittedCheckpoint(file, config, { network, dataset, counts }, progress, options);
  const isSetAside = validation !== null && validation !== dataset.validation;
  if (taken && isSetAside && hasOwnClassifier(taken, network)) tellLearned(taken.classes, counts, progress);
  const stage1 = taken ? taken.state : options.draw!(network);

  using open = new DisposableStack();
  check();
  const device = open.use(await openDevice(config, options.cache, progress));
  const backbone = stagesOf(network).map((tensors) => open.use(new Parameters(device, tensors, "backbone")));
  const statistics = open.use(new Parameters(device, network.statistics, "running statistics"));
  loadState([...backbone, statistics], stage1);
  check();
  const opened = open.move();
  return {
    dataset,
    train,
    validation,
    counts,
    device,
    network,
    backbone,
    statistics,
    stage1,
    initialized: taken ? taken.initialized : [...stage1.keys()],
    sameOrder: taken?.sameOrder ?? true,
    cache: options.cache,
    groups: config.groups,
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** The file of the published weights that a config names; null where it names none. @throws {Error} when it cannot be had. */
async function publishedWeights(
  { pretrained, mirror }: SetupConfig,
  progress: Progress,
  { cache, published, signal }: SetupOptions,
): Promise<string | null> {
  if (pretrained === null) return null;
  return await pretrainedFile(pretrained, { cache, mirror, published, signal }, progress);
}

/**
 * ImageNet's mean and deviation for images of its three channels, unless the config has its own.
 *
 * @throws {RangeError} when images have other channels.
 */
function normalisationOf(
  pretrained: string,
  { train }: Dataset,
  { mean, std }: Pick<SetupConfig["data"], "mean" | "std">,
): Pick<Dataset, "mean" | "std"> {
  if (train.channels === 3) return { mean: [...mean ?? IMAGENET.mean], std: [...std ?? IMAGENET.std] };
  throw new RangeError(
    `Cannot take pretrained ${pretrained}: it takes images of 3 channels, current ones have ${train.channels}: begin ` +
      "without it, or save the images in colour",
  );
}

/** Reads the checkpoint of a config for the run's network and classes. @throws {Error} when it does not fit. */
async function fittedCheckpoint(
  path: string,
  { checkpointList: list, checkpointKey: key, checkpointRename: rename }: SetupConfig,
  run: Pick<Setup, "network" | "dataset" | "counts">,
  progress: Progress,
  { bytes, which, ...options }: SetupOptions,
): Promise<Fitted> {
  const reinit = options.reinit?.(run.network);
  const reading = { key, rename, which };
  const taken = bytes
    ? takeCheckpoint(path, bytes, run.network, reinit, reading)
    : await readCheckpoint(path, run.network, reinit, reading);
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

/** Warns of classes without test images. @throws {RangeError} when there are no test images at all. */
export function checkTestImages({ test, classNames }: ClassifierSetup["dataset"], progress: Progress): void {
  const counts = test.classCounts();
  const without = classNames.filter((_, label) => counts[label] === 0);
  if (without.length === 0) return;
  if (without.length === classNames.length) {
    throw new RangeError(
      "Cannot evaluate: it takes test images, current are none: the test set belongs to another data set, or was cut",
    );
  }
  const more = without.length - 5;
  progress.line(
    `${without.length} of ${classNames.length} classes have no test images and do not count in any metric: ` +
      `${without.slice(0, 5).join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  );
}

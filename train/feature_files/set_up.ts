import { basename } from "node:path";
import { splitByShare } from "../../data/sampling/mod.ts";
import { headOf } from "../../engine/mod.ts";
import type { FeaturesConfig } from "../config/schema/features.ts";
import type { MemoryRows } from "../features/memory.ts";
import type { Progress } from "../progress/progress.ts";
import { openDevice } from "../setup/device.ts";
import { checkTestImages } from "../setup/set_up.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import { readWeight, startOf } from "./classifier.ts";
import { checkChosenBy, type Validation } from "./choosing.ts";
import { FeatureTable } from "./feature_table.ts";
import { readLabels, readLines } from "./labels.ts";
import { readFeatures } from "./rows.ts";

/** Features, the device, and the classifier of a run without images. */
export interface FeatureSetup extends ClassifierSetup {
  dataset: ClassifierSetup["dataset"] & { test: FeatureTable };
  train: FeatureTable;
  /** Features that no training uses; null: there are none. */
  validation: Validation | null;
}

/**
 * Reads features, labels and classifier, and opens the device.
 *
 * @param options.check Called between steps that take their time; what it throws ends the opening.
 * @throws {TypeError} when features or labels are not named. @throws {RangeError} when files do not fit each other.
 * @throws {Error} when a file cannot be read. @throws {DeviceError} when there is no adapter.
 */
export async function setUpFeatures(
  config: FeaturesConfig,
  progress: Progress,
  { check, cache }: { check: () => void; cache: string },
): Promise<FeatureSetup> {
  const { data, head, weight: weightFile } = config;
  const { features: file, labels: labelFile } = data;
  if (file === null || labelFile === null) {
    throw new TypeError(
      `Cannot start: it takes features and labels, current config names no ${
        file ? "labels" : "features"
      }: give ` +
        `${file ? "them with --labels FILE" : "them with --features FILE and --labels FILE"}`,
    );
  }
  const views = await readFeatures("features", file, true);
  check();
  const [{ width: features, count }] = views;
  const weight = weightFile === null ? null : await readWeight(weightFile, features);
  const names = data.names === null ? null : await readLines("class names", data.names);
  const labels = await readLabels("labels", labelFile, names);
  checkCount("labels", labels.length, count, labelFile);
  const classes = classCount(labels, weight?.classes ?? null, names);
  const classNames = names ?? Array.from({ length: classes }, (_, label) => String(label));
  const whole = new FeatureTable(views, labels, classes);
  checkClasses(whole, classNames, labelFile);
  const { train, test } = data.testFeatures === null
    ? setAside(whole, classNames, config, progress)
    : { train: whole, test: await readTest(data, names, { classes, features }) };
  const validation = await readValidation(data, names, { classes, features });
  checkChosenBy(validation, { train, test }, config);
  const dataset = { name: basename(file), classNames, numbered: names === null, test };
  checkTestImages(dataset, progress);
  const network = {
    name: `A classifier of ${features} features`,
    features,
    classes,
    stages: [],
    backbone: [],
    statistics: [],
    classifier: headOf(head, { classes, features }),
  };
  const start = await startOf(network, config, weight);
  check();
  const device = await openDevice(config, cache, progress);
  return {
    dataset,
    train,
    validation,
    counts: train.classCounts(),
    device,
    network,
    backbone: [],
    ...start,
    groups: config.groups,
    sameOrder: true,
    [Symbol.dispose]: () => device[Symbol.dispose](),
  };
}

/** The form that a run's features have. */
interface Form {
  classes: number;
  features: number;
}

/** Reads the test features and their labels. @throws {RangeError} when they do not fit those of the training images. */
async function readTest(
  { testFeatures, testLabels }: FeaturesConfig["data"],
  names: readonly string[] | null,
  { classes, features }: Form,
): Promise<FeatureTable> {
  const rows = await readOneView("test features", testFeatures!, features);
  return new FeatureTable(
    [rows],
    await readLabelsOf("test", testLabels!, names, rows.count, classes),
    classes,
  );
}

/** Reads validation features and, where they are known, their labels; null where none are named. */
async function readValidation(
  { validationFeatures, validationLabels }: FeaturesConfig["data"],
  names: readonly string[] | null,
  { classes, features }: Form,
): Promise<Validation | null> {
  if (validationFeatures === null) return null;
  const rows = await readOneView("validation features", validationFeatures, features);
  const labels = validationLabels === null
    ? null
    : await readLabelsOf("validation", validationLabels, names, rows.count, classes);
  return { rows, labels };
}

/** Reads features of one view. @throws {RangeError} when they are not those of the network of the training images. */
async function readOneView(what: string, given: string, features: number): Promise<MemoryRows> {
  const [rows] = await readFeatures(what, given, false);
  if (rows.width === features) return rows;
  throw new RangeError(
    `Cannot take the ${what} ${given}: it takes rows of ${features} numbers, as the features have, ` +
      `current rows have ${rows.width}: they come from another network`,
  );
}

/** Reads the labels of other rows than the training rows. @throws {RangeError} when they do not fit rows and classes. */
async function readLabelsOf(
  kind: "test" | "validation",
  given: string,
  names: readonly string[] | null,
  rows: number,
  classes: number,
): Promise<Uint32Array> {
  const labels = await readLabels(`${kind} labels`, given, names);
  checkCount(`${kind} labels`, labels.length, rows, given);
  const row = labels.findIndex((label) => label >= classes);
  if (row < 0) return labels;
  throw new RangeError(
    `Cannot take the ${kind} labels ${given}: it takes labels from 0 to ${
      classes - 1
    }, current label of row ${row} is ${labels[row]}`,
  );
}

/** Sets a share of each class aside for testing, of several views the first. @throws {RangeError} for a class of one row. */
function setAside(
  whole: FeatureTable,
  classNames: readonly string[],
  { data: { features, testShare: share, seed } }: FeaturesConfig,
  progress: Progress,
): { train: FeatureTable; test: FeatureTable } {
  const places = splitByShare(whole.labels, classNames, { share, seed, origin: features! });
  const number = (n: number) => n.toLocaleString("en");
  progress.line(
    `There are no test features: ${number(places.test.length)} of ${
      number(whole.count)
    } rows are set aside, ${share} of ` +
      `each class by seed ${seed}`,
  );
  return { train: whole.subset(places.train), test: whole.subset(places.test, 1) };
}

/** @throws {RangeError} when there are other labels than rows. */
function checkCount(what: string, labels: number, rows: number, file: string): void {
  if (labels === rows) return;
  throw new RangeError(
    `Cannot take the ${what} ${file}: it takes a label for each of the ${rows} rows of features, current are ${labels}: ` +
      "features and labels belong to different images, or a file is cut short",
  );
}

/** The number of classes: of the weight, of the names, or of the labels. @throws {RangeError} when they contradict. */
function classCount(labels: Uint32Array, weight: number | null, names: readonly string[] | null): number {
  const most = labels.reduce((most, label) => Math.max(most, label), 0);
  const classes = weight ?? names?.length ?? most + 1;
  const fits = most < classes && classes === (names?.length ?? classes) && classes > 1;
  if (fits && classes <= labels.length) return classes;
  throw new RangeError(
    "Cannot tell the classes apart: it takes labels from 0 on, two classes or more, as many in labels, weight and names, " +
      `current are labels up to ${most}${weight === null ? "" : `, a weight of ${weight} classes`}${
        names === null ? "" : `, ${names.length} names`
      }`,
  );
}

/** @throws {RangeError} when a class has no training row, and cannot be learned. */
function checkClasses(whole: FeatureTable, classNames: readonly string[], file: string): void {
  const counts = whole.classCounts();
  const label = counts.indexOf(0);
  if (label < 0) return;
  const cause = label === 0 && counts.subarray(1).every((count) => count > 0)
    ? "labels count from 0, these seem to count from 1"
    : "its rows are missing, or labels have gaps";
  throw new RangeError(
    `Cannot train: it takes training rows of every class, current are none of class ${label} (${
      classNames[label]
    }) in ` +
      `${file}: ${cause}`,
  );
}

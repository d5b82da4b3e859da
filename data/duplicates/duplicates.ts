// The same image in training and test images, or in two classes.
import { plural } from "../base/count.ts";
import { firstOf } from "../base/faults.ts";
import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { sameFiles } from "./same_files.ts";
import { type Place, samePixels } from "./same_pixels.ts";

const [TRAIN, TEST] = [0, 1];

/** Groups of images that are the same. */
interface Duplicates {
  /** Images that are in training and in test images. */
  shared: Place[][];
  /** Images that are in two classes or more. */
  doubtful: Place[][];
}

/**
 * Looks for images that are in training and test images, by which a model is judged too well, and for those in two classes.
 * Images are the same whose decoded pixels are.
 *
 * @param options `duplicates`: `tell` says which they are; `drop` takes those that are in both out of the training images,
 * and those in two classes out of both; `refuse` throws; `ignore` does not look.
 * @throws {RangeError} when there are some and none may be. @throws The signal's reason when it is aborted.
 */
export async function checkDuplicates(
  dataset: Dataset,
  { duplicates = "ignore", onProgress, signal }: Pick<LoadOptions, "duplicates" | "onProgress" | "signal">,
): Promise<Dataset> {
  if (duplicates === "ignore") return dataset;
  const found = await find(dataset, signal);
  // That one file is in both lists was told when they were read.
  if (duplicates === "tell") found.shared = found.shared.filter((places) => !isOneFile(dataset, places));
  const { shared, doubtful } = found;
  const words = [
    ...shared.length > 0
      ? [
        `${count(shared)} in training and in test images, so that recalls come out too high: ${
          examples(dataset, shared)
        }`,
      ]
      : [],
    ...doubtful.length > 0 ? [`${count(doubtful)} in several classes: ${examples(dataset, doubtful)}`] : [],
  ];
  if (words.length === 0) return dataset;
  if (duplicates === "refuse") {
    throw new RangeError(
      `Cannot use the images of ${dataset.origin}: it takes each image in one split and one class, unless data.duplicates ` +
        `is tell or drop, current: ${words.join("; ")}`,
    );
  }
  for (const line of words) onProgress?.(line);
  return duplicates === "drop" ? without(dataset, found, onProgress) : dataset;
}

async function find({ train, test }: Dataset, signal: AbortSignal | undefined): Promise<Duplicates> {
  const groups = train.kind === "memory" && test.kind === "memory"
    ? samePixels([train, test])
    : train.kind === "encoded" && test.kind === "encoded"
    ? await sameFiles([train, test], signal)
    : [];
  const labelOf = ({ set, index }: Place) => [train, test][set].labels[index];
  return {
    shared: groups.filter((places) =>
      [TRAIN, TEST].every((set) => places.some((place) => place.set === set))
    ),
    doubtful: groups.filter((places) => new Set(places.map(labelOf)).size > 1),
  };
}

function without(
  dataset: Dataset,
  { shared, doubtful }: Duplicates,
  onProgress: LoadOptions["onProgress"],
): Dataset {
  const dropped = [TRAIN, TEST].map((set) =>
    new Set(
      [...set === TRAIN ? shared : [], ...doubtful].flat().filter((place) => place.set === set)
        .map(({ index }) => index),
    )
  );
  const [train, test] = [dataset.train, dataset.test].map((set, i) =>
    dropped[i].size === 0 ? set : set.subset(
      Uint32Array.from({ length: set.count }, (_, index) => index).filter((index) => !dropped[i].has(index)),
    )
  );
  const [trained, tested] = dropped.map(({ size }) => size.toLocaleString("en"));
  onProgress?.(`Left out ${trained} training and ${tested} test images of these`);
  return { ...dataset, train, test };
}

/** True where the images are one file, not copies. */
function isOneFile({ train, test }: Dataset, places: readonly Place[]): boolean {
  if (train.kind !== "encoded" || test.kind !== "encoded") return false;
  const fileOf = ({ set, index }: Place) => {
    const { files, ranges } = [train, test][set];
    return `${files[index]}\n${ranges?.[2 * index]}`;
  };
  return new Set(places.map(fileOf)).size === 1;
}

function count(groups: readonly Place[][]): string {
  return plural(groups.length, "image is", "images are");
}

function examples(dataset: Dataset, groups: readonly Place[][]): string {
  return firstOf(
    groups.map((places) => places.slice(0, 3).map((place) => nameOf(dataset, place)).join(" = ")),
  );
}

/** An image's path below the folder of the images, or its number; and its class. */
function nameOf({ train, test, root, classNames }: Dataset, { set, index }: Place): string {
  const images = [train, test][set];
  const split = set === TRAIN ? "training" : "test";
  if (images.kind === "memory" || images.ranges !== null) {
    return `${split} image ${index} (${classNames[images.labels[index]]})`;
  }
  const file = images.files[index];
  const path = root !== undefined && file.startsWith(root)
    ? file.slice(root.length).replace(/^\//, "")
    : file;
  return `${path} (${classNames[images.labels[index]]})`;
}

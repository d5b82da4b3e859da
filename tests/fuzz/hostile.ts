// Makes hostile files of a kind each, for the cases.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { newImageSet } from "../../data/mod.ts";
import { ParquetFile } from "../../data/sources/parquet/file.ts";
import { tuningPath, tuningState } from "../../train/machine/tuning_file.ts";
import { fielded } from "./formats/zip.ts";

/** A text in UTF-8. */
export const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A safetensors file of a header. */
export function headed(header: string): Uint8Array {
  const text = encode(header);
  const file = new Uint8Array(8 + text.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** A checkpoint in the zip format with this pickle. */
export function pickled(pickle: string): Uint8Array {
  const bytes = Uint8Array.from(pickle, (character) => character.charCodeAt(0));
  return fielded([["a/data.pkl", bytes]], () => true).w.bytes;
}

/** A key of a dictionary, in a pickle. */
export const key = (text: string) =>
  `X${String.fromCharCode(text.length & 255, text.length >> 8 & 255, text.length >> 16, 0)}${text}`;

/** A .npy file of so many bytes of big-endian zeros. */
export function bigEndian(bytes: number): Uint8Array {
  const header = `{'descr': '>f2', 'fortran_order': False, 'shape': (${bytes / 2},), }\n`;
  const file = new Uint8Array(10 + header.length + bytes);
  file.set([0x93, ...encode("NUMPY"), 1, 0, header.length, 0]);
  file.set(encode(header), 10);
  return file;
}

/** So many images of 8 pixels, all different, with the same CRC-32: each ends with the CRC-32 of what is before. */
export function oneChecksum(count: number) {
  const set = newImageSet(count, 1, 8, 1, ["0"]);
  const view = new DataView(set.images.buffer);
  for (let i = 0; i < count; i++) {
    view.setUint32(8 * i, i);
    view.setUint32(8 * i + 4, crc32(set.images.subarray(8 * i, 8 * i + 4)), true);
  }
  return set;
}

/** Reads bytes from a file. */
export async function inFile(
  name: string,
  bytes: Uint8Array,
  read: (path: string) => unknown,
): Promise<unknown> {
  const folder = await Deno.makeTempDir({ prefix: "everyclass-" });
  try {
    await Deno.writeFile(join(folder, name), bytes);
    return await read(join(folder, name));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opens a Parquet file of a footer alone. */
export function footed(footer: readonly number[]): Promise<unknown> {
  const { length } = footer;
  const file = [...encode("PAR1"), ...footer, length & 255, length >> 8, 0, 0, ...encode("PAR1")];
  return inFile("train.parquet", Uint8Array.from(file), ParquetFile.open);
}

/** A footer with so many columns, each in the one before; the last lacks its own. */
export function schema(columns: number): number[] {
  const column = [0x48, 1, 97, 0x15, 2, 0]; // its name, and one column in it
  const list = [0xfc, columns & 127 | 128, columns >> 7];
  const all = Array.from({ length: columns }, () => column).flat();
  return [0x29, ...list, ...all, 0x16, 0, 0x19, 0x0c, 0]; // no rows, no row groups
}

/** Reads times of kernels that are `null`. */
export async function tuningOfNull(): Promise<void> {
  const info = { vendor: "v", architecture: "a", device: "d", description: "x" };
  const device = { info, adapter: "x", isSoftware: false, hasTimer: true } as never;
  const folder = await Deno.makeTempDir({ prefix: "everyclass-" });
  try {
    const path = tuningPath(device, folder);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, "null");
    const { problem } = await tuningState(device, folder);
    if (problem !== null) throw new Error(problem);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

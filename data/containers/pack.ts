// A pack: encoded images one behind the other in one file, and beside it an index of where each begins and its label.
//
//   FILE.pack    the images
//   FILE.index   offsets f64 [count + 1] · labels u32 [count] · key, 32 bytes · SHA-256 of all before, 32 bytes
//
// The key names what the pack was made of. The index is written last: where it fits, the pack is whole.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { makeTemporary, persist, removeTemporary, temporaryOf, writeWhole } from "../disk/mod.ts";
import type { LabelledFiles } from "./encoded.ts";
import { readIfThere } from "../base/files.ts";

/** Images to be packed, in parts of which memory holds one at a time. */
export interface PackParts {
  labels: Uint32Array;
  /** The images, altogether as many as labels. */
  parts(): AsyncIterable<readonly Uint8Array[]>;
  /**
   * Time of the last change of the source; becomes the pack's time of change, so that packing again gives the
   * same file.
   */
  changed: Date;
}

/** The images of the pack with this key; null when there is no whole pack of that key. */
export async function readPack(path: string, key: Uint8Array): Promise<LabelledFiles | null> {
  const index = await readIndex(path);
  if (!index || key.some((byte, i) => byte !== index.key[i])) return null;
  const { offsets, labels } = index;
  const size = await Deno.stat(`${path}.pack`).then(({ size }) => size, () => -1);
  return size === offsets.at(-1) ? filesOf(path, offsets, labels) : null;
}

/**
 * The number, from 0, of the image at a place of a pack; null when the index does not have it. @param file
 * Path of the pack.
 */
export async function numberInPack(file: string, offset: number, length: number): Promise<number | null> {
  const { offsets } = await readIndex(file.replace(/\.pack$/, "")) ?? {};
  if (!offsets) return null;
  const number = length === 0 ? offsets.indexOf(offset) : offsets.lastIndexOf(offset); // empty ones come before
  return number < 0 ? null : number;
}

/** The index of a pack; null when it is missing or damaged. */
async function readIndex(path: string) {
  const index = await readIfThere(`${path}.index`);
  const count = index && (index.length - 72) / 12;
  if (!index || !Number.isInteger(count) || count! < 0) return null;
  const end = index.length - 32;
  if (digest(index.subarray(0, end)).compare(index.subarray(end)) !== 0) return null;
  const { buffer } = index.slice(); // from its start, for the views
  const offsets = new Float64Array(buffer, 0, count! + 1);
  const labels = new Uint32Array(buffer, offsets.byteLength, count!);
  return { offsets, labels, key: index.subarray(end - 32, end) };
}

/**
 * Packs images; the pack is there whole or not at all.
 *
 * @param path Path of the pack without its ending.
 * @throws {Error} when the pack cannot be written, or `parts` throws.
 */
export async function writePack(path: string, key: Uint8Array, images: PackParts): Promise<LabelledFiles> {
  const { labels, changed } = images;
  const offsets = new Float64Array(labels.length + 1);
  const temporary = temporaryOf(`${path}.pack`);
  removeTemporary(dirname(path)); // as large as all images
  try {
    using stack = new DisposableStack();
    const file = stack.use(makeTemporary(temporary));
    let i = 0;
    for await (const part of images.parts()) {
      let [of, at] = [0, 0]; // a write that finds no room for all has written a part
      await persist(`${path}.pack`, () => {
        for (; of < part.length; of++, at = 0) {
          while (at < part[of].length) at += file.writeSync(part[of].subarray(at));
        }
        return Promise.resolve();
      });
      for (const image of part) offsets[i + 1] = offsets[i++] + image.length;
    }
    if (i !== labels.length) {
      throw new RangeError(`Cannot pack ${path}: ${labels.length} labels, ${i} images`);
    }
    await persist(`${path}.pack`, () => file.syncData());
    if (Deno.build.os === "windows") stack.dispose(); // it renames no open file
    await Deno.utime(temporary, changed, changed);
    await Deno.rename(temporary, `${path}.pack`);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  const index = Buffer.concat([bytesOf(offsets), bytesOf(labels), key]);
  await writeWhole(`${path}.index`, Buffer.concat([index, digest(index)]));
  return filesOf(path, offsets, labels);
}

function filesOf(path: string, offsets: Float64Array, labels: Uint32Array): LabelledFiles {
  const ranges = new Float64Array(2 * labels.length);
  labels.forEach((_, i) => ranges.set([offsets[i], offsets[i + 1] - offsets[i]], 2 * i));
  return { files: new Array<string>(labels.length).fill(`${path}.pack`), labels, ranges };
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

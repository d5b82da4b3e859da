// Decoded images on disk, so that later epochs and runs need not decode them again.
//
// A file an image, <folder>/<first two digits>/<key>.image: 32 bytes of header, then [height, width, 3] in 8 bits.
//
//   0 magic · 4 height · 8 width · 12 CRC-32 of all else      u32, little-endian
//   16 bytes of the source file · 24 milliseconds of its last change      f64
//
// The key is a hash of the source's path and part, the shorter side and the bound of pixels; size and
// date of the source stand in the header, so that an image is replaced when its source changes. Files are written under another name and
// renamed, so Workers and runs that use the folder together never see part of an image.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Pixels } from "../augment/pixels.ts";
import { writeWhole } from "../disk/mod.ts";
import { readIfThere } from "../base/files.ts";

/** Marks a file of this cache; changed whenever the decoder gives other pixels. */
const MAGIC = 0x32304345;
const HEADER = 32;
const MOST = 2 ** 40;

/** A cache of decoded images; can be cloned to Workers. */
export interface ImageCache {
  /** Folder of the files. */
  folder: string;
  /** The bound in KiB. */
  limit: number;
  /** [1], KiB in use, shared by the Workers. */
  used: Int32Array<SharedArrayBuffer>;
  /** [1], images that were found damaged and decoded again, shared by the Workers. */
  damaged: Int32Array<SharedArrayBuffer>;
}

/** Identifies an image of the cache. */
export interface CachedImage {
  /** The source file, absolute. */
  path: string;
  /** Offset and length in bytes of the image in its file; null: the whole file is the image. */
  range: readonly [offset: number, length: number] | null;
  /** Shorter side that the image was resized to; null: not resized. */
  shorter: number | null;
  /** Most pixels that the run allows: an image that one run refuses must not come from another run's cache. */
  maxPixels: number;
}

/**
 * Opens a cache in a new folder or the folder of an earlier run, whose images count towards the bound.
 *
 * The cache stores images until `maxBytes` are reached and never drops an image: an epoch visits all of them once. Runs
 * at the same time see each other's images, but each counts only its own. To empty the cache, remove the folder.
 *
 * @throws {RangeError} when `maxBytes` is not from 0 to 2^40.
 * @throws {Deno.errors.PermissionDenied} when the folder cannot be made, read or written.
 */
export async function openCache(folder: string, maxBytes: number): Promise<ImageCache> {
  if (!(maxBytes >= 0 && maxBytes <= MOST)) {
    throw new RangeError(
      `Cannot cache images: it takes a bound from 0 to ${MOST} bytes, current is ${maxBytes}`,
    );
  }
  await Deno.mkdir(folder, { recursive: true });
  const used = new Int32Array(new SharedArrayBuffer(4));
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && /^[0-9a-f]{2}$/.test(name)) used[0] += await usedKib(`${folder}/${name}`);
  }
  const damaged = new Int32Array(new SharedArrayBuffer(4));
  return { folder, limit: Math.floor(maxBytes / 1024), used, damaged };
}

/** KiB of the images in a folder. Removes temporary files of writers that were killed. */
async function usedKib(folder: string): Promise<number> {
  let sum = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const info = await Deno.stat(path).catch(() => null); // gone: renamed, by another run
    if (info === null) continue;
    const abandoned = name.endsWith(".tmp") && Date.now() - (info.mtime?.getTime() ?? 0) > 3_600_000;
    if (abandoned) await Deno.remove(path).catch(() => {});
    else sum += kib(info.size);
  }
  return sum;
}

/**
 * An image from the cache. It is decoded, and stored where there is room, when it is not in the cache, its source has
 * changed since, or its bytes are damaged.
 *
 * @throws the errors of `decode` and of reading the date of the source.
 */
export async function cached(
  cache: ImageCache,
  image: CachedImage,
  decode: () => Promise<Pixels>,
): Promise<Pixels> {
  const path = pathOf(cache, image);
  const source = await Deno.stat(image.path);
  const stamp = [source.size, source.mtime?.getTime() ?? 0] as const;
  const bytes = await readIfThere(path).catch(() => null); // what cannot be read counts as not there
  const found = bytes && unpack(bytes, stamp);
  if (found && found !== "damaged") return found;
  if (found === "damaged") Atomics.add(cache.damaged, 0, 1);
  const decoded = await decode();
  await keep(cache, path, pack(decoded, stamp), bytes?.length ?? 0);
  return decoded;
}

/** Writes an image over `old` bytes if there is room. */
async function keep(
  { limit, used }: ImageCache,
  path: string,
  bytes: Uint8Array,
  old: number,
): Promise<void> {
  const more = kib(bytes.length) - kib(old);
  if (Atomics.add(used, 0, more) + more > limit) {
    Atomics.sub(used, 0, more);
    return;
  }
  try {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await writeWhole(path, bytes, { sync: false, wait: false }); // a checksum tells of what a power cut left
  } catch {
    Atomics.store(used, 0, limit); // the disk is full or gone: images are decoded, as without a cache
  }
}

function pathOf({ folder }: ImageCache, { path, range, shorter, maxPixels }: CachedImage): string {
  const key = createHash("sha256").update(JSON.stringify([path, range, shorter, maxPixels])).digest("hex")
    .slice(0, 32);
  return `${folder}/${key.slice(0, 2)}/${key}.image`;
}

type Stamp = readonly [bytes: number, changed: number];

function pack({ data, height, width }: Pixels, stamp: Stamp): Uint8Array {
  const bytes = new Uint8Array(HEADER + data.length);
  const view = new DataView(bytes.buffer);
  [MAGIC, height, width].forEach((value, i) => view.setUint32(4 * i, value, true));
  stamp.forEach((value, i) => view.setFloat64(16 + 8 * i, value, true));
  bytes.set(data, HEADER);
  view.setUint32(12, sumOf(bytes), true);
  return bytes;
}

/** The image; null when the bytes are of another image, or of a version whose decoder gave other pixels. */
function unpack(bytes: Uint8Array, stamp: Stamp): Pixels | "damaged" | null {
  if (bytes.length < HEADER) return "damaged";
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [magic, height, width, sum] = [0, 4, 8, 12].map((at) => view.getUint32(at, true));
  const same = stamp.every((value, i) => view.getFloat64(16 + 8 * i, true) === value);
  if (sum !== sumOf(bytes) || bytes.length !== HEADER + height * width * 3) return "damaged";
  if (magic !== MAGIC || !same) return null;
  return { data: bytes.subarray(HEADER), height, width, channels: 3 };
}

function sumOf(bytes: Uint8Array): number {
  return crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12)));
}

function kib(bytes: number): number {
  return Math.ceil(bytes / 1024);
}

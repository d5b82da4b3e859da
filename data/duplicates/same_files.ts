// Images in files that are the same once they are decoded.
//
// To decode all of them would take as long as an epoch. So the first bytes of each are read, which say how large it is, and
// the last ones. Only images of one size can be the same, two JPEGs only where they end alike, and two PNGs only where their
// first rows are the same; those alone are decoded whole.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { decodeImage, formatOf, headerSize, type ImageFormat, topOfPng } from "../decode/mod.ts";
import { turn } from "../base/turn.ts";
import type { EncodedImages } from "../images/image_set.ts";
import { addTo, type Place } from "./same_pixels.ts";

/** Bytes that most headers end within, and those that a header with a profile and a preview does. */
const HEADS = [4096, 65536];
const TAIL = 512;

/** Rows of an image that tell it from most others. */
const TOP = 4;

/** Images that are decoded at a time. */
const AT_ONCE = 4;

/** Files that are looked at before others have their turn. */
const STRETCH = 256;

/** Facts that the first and the last bytes of a file tell. */
interface Look {
  format: ImageFormat;
  /** Shorter and longer side, as an image may be turned; null: only decoding tells. */
  size: string | null;
  /** Checksum of the last bytes. */
  tail: number;
}

/** Digests of a decoded image. */
interface Decoded {
  /** Digest of all pixels. */
  digest: string;
  /** Digest of the first rows. */
  top: string;
  size: string;
}

/**
 * Groups of images with the same pixels, each of two images or more. What cannot be read is in none.
 *
 * @throws The signal's reason when it is aborted, also while a decoder hangs.
 */
export async function sameFiles(sets: readonly EncodedImages[], signal?: AbortSignal): Promise<Place[][]> {
  signal?.throwIfAborted();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal?.reason);
  signal?.addEventListener("abort", stop);
  try {
    return await Promise.race([search(sets, signal), stopped]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function search(sets: readonly EncodedImages[], signal: AbortSignal | undefined): Promise<Place[][]> {
  const looks = new Map<Place, Look>();
  let looked = 0;
  for (const [set, images] of sets.entries()) {
    for (let index = 0; index < images.count; index++) {
      const look = lookAt(images, index);
      if (look) looks.set({ set, index }, look);
      if (++looked % STRETCH > 0) continue;
      await turn(signal);
    }
  }
  const reader = new Reader(sets, signal);
  const bySize = new Map<string, Place[]>();
  const unsized: Place[] = [];
  for (const [place, { size }] of looks) {
    if (size === null) unsized.push(place);
    else addTo(bySize, size, place);
  }
  await reader.read(unsized);
  for (const place of unsized) {
    const found = reader.found.get(place);
    if (found) addTo(bySize, found.size, place);
  }
  const alike: Place[] = [];
  for (const places of bySize.values()) {
    if (places.length === 1) continue;
    const jpegs = places.every((place) => looks.get(place)!.format === "JPEG");
    const tops = jpegs ? null : await reader.tops(places, (place) => looks.get(place)!.format === "PNG");
    const byKey = new Map<string | number, Place[]>();
    for (const place of places) {
      const key = tops ? tops.get(place) : looks.get(place)!.tail;
      if (key !== undefined) addTo(byKey, key, place);
    }
    for (const group of byKey.values()) if (group.length > 1) alike.push(...group);
  }
  await reader.read(alike);
  const byDigest = new Map<string, Place[]>();
  for (const place of alike) {
    const found = reader.found.get(place);
    if (found) addTo(byDigest, found.digest, place);
  }
  const order = (a: Place, b: Place) => a.set - b.set || a.index - b.index;
  return byDigest.values().filter((places) => places.length > 1).map((places) => places.sort(order)).toArray()
    .sort(([a], [b]) => order(a, b));
}

/** Reads whole images, and decodes those whose bytes no other one had. */
class Reader {
  readonly found = new Map<Place, Decoded>();
  /** By the digest of the encoded bytes. */
  readonly #decoded = new Map<string, Promise<Decoded | null>>();

  constructor(private readonly sets: readonly EncodedImages[], private readonly signal?: AbortSignal) {}

  /** Finds out what these come to. */
  read(places: readonly Place[]): Promise<void> {
    return this.#each(places.filter((place) => !this.found.has(place)), async (place) => {
      const found = await this.#one(place);
      if (found) this.found.set(place, found);
    });
  }

  /** Digests of the first rows. @param isPng Which are PNGs: of the others the whole image is decoded. */
  async tops(places: readonly Place[], isPng: (place: Place) => boolean): Promise<Map<Place, string>> {
    const tops = new Map<Place, string>();
    await this.#each(places, async (place) => {
      const top = isPng(place) ? await topOfPng(this.#bytesOf(place), TOP) : null;
      if (top === null && !this.found.has(place)) await this.read([place]);
      const digest = top ? digestOf(top) : this.found.get(place)?.top;
      if (digest) tops.set(place, digest);
    });
    return tops;
  }

  /** Does something for each, a few at a time; an image that cannot be read is left out. */
  async #each(places: readonly Place[], work: (place: Place) => Promise<void>): Promise<void> {
    const left = places.values();
    const worker = async () => {
      for (const place of left) {
        if (this.signal?.aborted) return;
        await work(place).catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  #bytesOf({ set, index }: Place): Uint8Array {
    return partOf(this.sets[set], index, (length) => [[0, length]])[0];
  }

  async #one(place: Place): Promise<Decoded | null> {
    const images = this.sets[place.set];
    const bytes = this.#bytesOf(place);
    const digest = digestOf(bytes);
    if (!this.#decoded.has(digest)) this.#decoded.set(digest, this.#decode(bytes, images));
    return await this.#decoded.get(digest)!;
  }

  async #decode(bytes: Uint8Array, { maxPixels, jpegLibrary }: EncodedImages) {
    try {
      const { data, height, width } = await decodeImage(bytes, { shorter: null, maxPixels, jpegLibrary });
      const size = sizeWord({ height, width });
      return {
        digest: `${height} ${width} ${digestOf(data)}`,
        top: digestOf(data.subarray(0, TOP * width * 3)),
        size,
      };
    } catch {
      return null; // whoever needs the image tells what is wrong
    }
  }
}

function lookAt(images: EncodedImages, index: number): Look | null {
  try {
    for (const length of HEADS) {
      const [head, tail] = partOf(
        images,
        index,
        (size) => [[0, Math.min(length, size)], [Math.max(0, size - TAIL), size]],
      );
      const format = formatOf(head);
      const size = headerSize(format, head);
      if (size === null && format === "JPEG" && length < HEADS.at(-1)!) continue;
      return { format, size: size && sizeWord(size), tail: crc32(tail) };
    }
  } catch {
    // no image, or none that is there
  }
  return null;
}

/** Parts of an encoded image. @param which From where to where, by its length. */
function partOf(
  { files, ranges }: EncodedImages,
  index: number,
  which: (length: number) => (readonly [from: number, to: number])[],
): Uint8Array[] {
  using file = Deno.openSync(files[index]);
  const [offset, length] = ranges ? ranges.subarray(2 * index, 2 * index + 2) : [0, file.statSync().size];
  return which(length).map(([from, to]) => {
    const bytes = new Uint8Array(to - from);
    file.seekSync(offset + from, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const read = file.readSync(bytes.subarray(at));
      if (read === null) throw new Error("the file ends early");
      at += read;
    }
    return bytes;
  });
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function sizeWord({ height, width }: { height: number; width: number }): string {
  return `${Math.min(height, width)} ${Math.max(height, width)}`;
}

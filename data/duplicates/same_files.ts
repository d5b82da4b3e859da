// Images in files that are the same once they are decoded.
//
// To decode all of them would take as long as an epoch. So the first bytes of each are read, which say how large it is, and
// the last ones. Only images of one size can be the same, and two JPEGs only where they end alike; those alone are decoded.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { decodeImage, formatOf, headerSize } from "../decode/mod.ts";
import type { EncodedImages } from "../images/image_set.ts";
import { addTo, type Place } from "./same_pixels.ts";

/** Bytes that most headers end within, and those that a header with a profile and a preview does. */
const HEADS = [4096, 65536];
const TAIL = 512;

/** How many images are decoded at a time: the library has as many threads. */
const AT_ONCE = 4;

/** How many files are looked at before others have their turn. */
const STRETCH = 256;

/** What the first and the last bytes of a file tell. */
interface Look {
  isJpeg: boolean;
  /** Shorter and longer side, as an image may be turned; null: only decoding tells. */
  size: string | null;
  /** Checksum of the last bytes. */
  tail: number;
}

/** Groups of images with the same pixels, each of two images or more. What cannot be read is in none. */
export async function sameFiles(sets: readonly EncodedImages[]): Promise<Place[][]> {
  const looks = new Map<Place, Look>();
  let looked = 0;
  for (const [set, images] of sets.entries()) {
    for (let index = 0; index < images.count; index++) {
      const look = lookAt(images, index);
      if (look) looks.set({ set, index }, look);
      if (++looked % STRETCH === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  }
  const reader = new Reader(sets);
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
  const alike = bySize.values().flatMap((places) => {
    if (!places.every((place) => looks.get(place)!.isJpeg)) return [places];
    const byTail = new Map<number, Place[]>();
    for (const place of places) addTo(byTail, looks.get(place)!.tail, place);
    return [...byTail.values()];
  }).filter((places) => places.length > 1).toArray();
  await reader.read(alike.flat());
  const byDigest = new Map<string, Place[]>();
  for (const place of alike.flat()) {
    const found = reader.found.get(place);
    if (found) addTo(byDigest, found.digest, place);
  }
  const order = (a: Place, b: Place) => a.set - b.set || a.index - b.index;
  return byDigest.values().filter((places) => places.length > 1).map((places) => places.sort(order)).toArray()
    .sort(([a], [b]) => order(a, b));
}

/** Reads whole images, and decodes those whose bytes no other one had. */
class Reader {
  readonly found = new Map<Place, { digest: string; size: string }>();
  /** By the digest of the encoded bytes. */
  readonly #decoded = new Map<string, Promise<{ digest: string; size: string } | null>>();

  constructor(private readonly sets: readonly EncodedImages[]) {}

  async read(places: readonly Place[]): Promise<void> {
    const left = places.filter((place) => !this.found.has(place)).values();
    const worker = async () => {
      for (const place of left) {
        const found = await this.#one(place).catch(() => null);
        if (found) this.found.set(place, found);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async #one({ set, index }: Place): Promise<{ digest: string; size: string } | null> {
    const images = this.sets[set];
    const bytes = partOf(images, index, (length) => [[0, length]])[0];
    const digest = createHash("sha256").update(bytes).digest("hex");
    if (!this.#decoded.has(digest)) this.#decoded.set(digest, this.#decode(bytes, images.maxPixels));
    return await this.#decoded.get(digest)!;
  }

  async #decode(bytes: Uint8Array, maxPixels: number) {
    try {
      const { data, height, width } = await decodeImage(bytes, { shorter: null, maxPixels });
      const digest = createHash("sha256").update(data).digest("hex");
      return { digest: `${height} ${width} ${digest}`, size: sizeWord({ height, width }) };
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
      return { isJpeg: format === "JPEG", size: size && sizeWord(size), tail: crc32(tail) };
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

function sizeWord({ height, width }: { height: number; width: number }): string {
  return `${Math.min(height, width)} ${Math.max(height, width)}`;
}

// Images held in memory that are the same.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { MemoryImages } from "../images/image_set.ts";

/** An image of one of several sets. */
export interface Place {
  /** Which of the sets. */
  set: number;
  index: number;
}

/**
 * Groups of images with the same pixels, each of two images or more. A checksum finds them, and a digest tells:
 * to compare each with each would take the square of the images that someone gave one checksum.
 */
export function samePixels(sets: readonly MemoryImages[]): Place[][] {
  const bytesOf = ({ set, index }: Place): Uint8Array => {
    const { images, height, width, channels } = sets[set];
    const size = height * width * channels;
    return images.subarray(index * size, (index + 1) * size);
  };
  const bySum = new Map<number, Place[]>();
  for (const [set, { count }] of sets.entries()) {
    for (let index = 0; index < count; index++) addTo(bySum, crc32(bytesOf({ set, index })), { set, index });
  }
  return bySum.values().filter((places) => places.length > 1).flatMap((places) => {
    const byDigest = new Map<string, Place[]>();
    for (const place of places) {
      addTo(byDigest, createHash("sha256").update(bytesOf(place)).digest("hex"), place);
    }
    return byDigest.values().filter((group) => group.length > 1);
  }).toArray();
}

/** Adds a value to the list of a key. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

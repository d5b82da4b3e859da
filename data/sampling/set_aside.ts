import { hash32, LegacyRandom } from "../base/random.ts";
import { indicesByClass } from "./class_counts.ts";

/** Fewest images that a class sets aside, and that it keeps. */
const FEWEST = 5;

/** Makes this draw another one than the split by testShare, which has the same seed and labels. */
const PURPOSE = 0x5e7a51de;

/** Options of setting images aside. */
export interface SetAsideOptions {
  /** Share of each class's images that is set aside, above 0 and below 1. */
  share: number;
  /** Seed of the draw, from 0 to 2^32 - 1. Default 0. */
  seed?: number | undefined;
}

/**
 * The number of images that a class of `count` images sets aside: its share, rounded, at least 5, as long as the class keeps
 * 5; a class of 5 images or fewer sets none aside.
 */
export function setAsideCount(count: number, share: number): number {
  return Math.min(Math.max(Math.round(share * count), FEWEST), Math.max(0, count - FEWEST));
}

/**
 * Divides images into those that are kept and those that are set aside. The draw of a class depends on the seed and its label
 * alone, so images added to another class do not change it.
 *
 * @returns ascending indices.
 * @throws {RangeError} when the share is not above 0 and below 1, a label is not below `classes`, or the seed is no 32-bit
 * integer.
 */
export function setAsideIndices(
  labels: Uint32Array,
  classes: number,
  { share, seed = 0 }: SetAsideOptions,
): { kept: Uint32Array; aside: Uint32Array } {
  if (!(share > 0 && share < 1)) {
    throw new RangeError(
      `Cannot set images aside: it takes a share above 0 and below 1, current is ${share}`,
    );
  }
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new RangeError(
      `Cannot set images aside: it takes a seed from 0 to 4294967295, a whole number, current is ${seed}`,
    );
  }
  const isAside = new Uint8Array(labels.length);
  for (const [label, indices] of indicesByClass(labels, classes).entries()) {
    new LegacyRandom(hash32(PURPOSE, seed, label)).shuffle(indices);
    for (const index of indices.subarray(0, setAsideCount(indices.length, share))) isAside[index] = 1;
  }
  const where = (value: number) => Uint32Array.from(labels.keys().filter((i) => isAside[i] === value));
  return { kept: where(0), aside: where(1) };
}

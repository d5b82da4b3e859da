import type { Device, PlanNeeds } from "../../engine/mod.ts";

/**
 * The parts that a batch is taken in, as even as can be: 10 images, at most 4 at once, are 4, 3 and 3.
 *
 * @param most Images of the largest part. @param parts Number of parts, where it is known.
 */
export function partsOf(count: number, most: number, parts = Math.ceil(count / most)): number[] {
  const least = Math.floor(count / parts);
  const larger = count - least * parts;
  return Array.from({ length: parts }, (_, i) => i < larger ? least + 1 : least);
}

/** The whole batch, then half of it and so on down to one image: the sizes to try where memory is short. */
export function* halves(count: number): Generator<number> {
  for (let most = count; most > 1; most = Math.ceil(most / 2)) yield most;
  yield 1;
}

/** A way to take a batch, and the memory and limits that its plans take. */
export interface Choice {
  needs: PlanNeeds;
}

/**
 * The first way that there is room for, in textures too where the kernels want textures; else the first way that there
 * is room for without textures; null if no way fits.
 *
 * @param room Bytes that a way may take.
 */
export function firstFitting<Way extends Choice>(
  device: Device,
  ways: Iterable<Way>,
  room: number,
): Way | null {
  const tried: Way[] = [];
  for (const way of ways) {
    if (device.holds(way.needs, room)) return way;
    tried.push(way);
  }
  return tried.find(({ needs }) => device.holds({ ...needs, side: 0 }, room)) ?? null;
}

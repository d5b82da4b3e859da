import type { ImageSet } from "../../data/mod.ts";
import type { Device } from "../../engine/mod.ts";

/** Most Workers where a config names no number. */
const MOST = 16;

/**
 * Threads that decode and augment the images of a set for a device.
 *
 * @param wanted Their number by the config; null: beside a GPU all cores but the one that feeds it, at most 16; where
 * kernels run on the processor's own cores, which they want all, one, or two for images that have to be decoded.
 */
export function workersFor(
  { isSoftware }: Pick<Device, "isSoftware">,
  { kind }: Pick<ImageSet, "kind">,
  wanted: number | null,
  cores: number = navigator.hardwareConcurrency,
): number {
  if (wanted !== null) return wanted;
  if (!isSoftware) return Math.max(1, Math.min(MOST, cores - 1));
  return kind === "encoded" ? 2 : 1;
}

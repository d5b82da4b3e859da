import type { Batch } from "../../../data/mod.ts";
import type { Share } from "../../../train/team/share.ts";
import { SIDE } from "../trainer/small_trainer.ts";

const IMAGE = SIDE * SIDE;

/** A process's part of a batch: its own images, the labels of all. */
export function partOf({ images, ...batch }: Batch, share: Share): Batch {
  const own = share.ownOf(Uint32Array.from({ length: batch.count }, (_, i) => i));
  return { ...batch, images: images.subarray(own[0] * IMAGE, (own[0] + own.length) * IMAGE) };
}

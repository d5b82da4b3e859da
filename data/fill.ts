import { type Augment, cropFlip, drawAugment } from "./augment.ts";
import type { ImageSet } from "./image_set.ts";

/** Where the images of a batch come from and how they are changed. */
export interface Filling {
  set: ImageSet;
  batch: number;
  augment: Augment | null;
  seed: number;
}

/** Writes batch `number` of the order to `out`; rows after the last image are zero. The same in and out of Workers. */
export function fillBatch(
  filling: Filling,
  order: Uint32Array,
  view: number,
  number: number,
  out: Uint8Array,
): void {
  const { set, batch, augment, seed } = filling;
  const size = set.height * set.width * set.channels;
  const first = number * batch;
  const count = Math.min(batch, order.length - first);
  for (let i = 0; i < count; i++) {
    const index = order[first + i];
    if (index >= set.count) {
      throw new RangeError(
        `Cannot load image ${index}: it takes indices below ${set.count}, the images of the set`,
      );
    }
    if (augment) cropFlip(set, index, drawAugment(augment, seed, view, index), out, i * size);
    else out.set(set.images.subarray(index * size, (index + 1) * size), i * size);
  }
  out.fill(0, count * size);
}

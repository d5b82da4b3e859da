import { Draws } from "./augment/draws.ts";
import { augment, type Step } from "./augment/steps.ts";
import type { ImageSet, MemoryImages } from "./image_set.ts";
import { hash32 } from "./random.ts";

/** Where the images of a batch come from and how they are changed. */
export interface Filling {
  set: ImageSet;
  batch: number;
  /** The steps of each view that is made of an image. */
  views: Step[][];
  seed: number;
}

/** Bytes of a batch: [views, batch, height, width, channels]. */
export function batchBytes({ set, batch, views }: Filling): number {
  return views.length * batch * set.height * set.width * set.channels;
}

/** Writes batch `number` of the order to `out`; rows after the last image are zero. The same in and out of Workers. */
export function fillBatch(
  filling: Filling,
  order: Uint32Array,
  view: number,
  number: number,
  out: Uint8Array,
): void {
  const { set, batch, views, seed } = filling;
  const { count, height, width, channels } = set;
  const { images } = set as MemoryImages;
  const size = height * width * channels;
  const indices = order.subarray(number * batch, (number + 1) * batch);
  views.forEach((steps, v) => {
    const rows = out.subarray(v * batch * size, (v + 1) * batch * size);
    indices.forEach((index, i) => {
      if (index >= count) {
        throw new RangeError(
          `Cannot load image ${index}: it takes indices below ${count}, the images of the set`,
        );
      }
      const data = rows.subarray(i * size, (i + 1) * size);
      data.set(images.subarray(index * size, (index + 1) * size));
      // What is drawn depends on nothing else, so neither Workers nor orders matter.
      const key = v === 0 ? hash32(seed, view, index) : hash32(seed, view, index, v);
      augment({ data, height, width, channels }, steps, new Draws(key));
    });
    rows.fill(0, indices.length * size);
  });
}

/**
 * Images for training: where they come from, the long-tailed cut, samplers, augmentation, and loading in Workers.
 *
 * @example
 * ```ts
 * import { Loader, newImageSet } from "everyclass/data";
 * const set = newImageSet(300, 32, 32, 3, ["cat", "dog", "owl"]); // or of loadDataset
 * set.labels.forEach((_, i) => set.labels[i] = i % 3);
 * const train = set.longTail({ ratio: 100 });
 * console.log(train.classCounts()); // [100, 10, 1]
 * using loader = new Loader(train, { batch: 64, augment: { pad: 4, flip: true } });
 * for await (const { labels, count } of loader.epoch(0)) console.log(labels.subarray(0, count));
 * ```
 *
 * @module
 */
export type { Augment, Jitter, Policy } from "./augment/recipe.ts";
export type { ImageCache } from "./decode/mod.ts";
export type { Dataset, LoadOptions, Source } from "./images/dataset.ts";
export { type BrokenImage, BrokenImagesError, ChecksumError, MissingDataError } from "./base/errors.ts";
export { digestOf } from "./images/digest.ts";
export {
  EncodedImages,
  type ImageFields,
  type ImageSet,
  type LabelledImages,
  MemoryImages,
  newImageSet,
} from "./images/image_set.ts";
export type { RawImage } from "./single/mod.ts";
export { IMAGE_ENDINGS } from "./sources/folder_scan.ts";
export { formatList } from "./sources/list_file.ts";
export { loadDataset } from "./sources/load.ts";
export { type Batch, Loader, type LoaderOptions } from "./loader/loader.ts";
export { type Thumbnail, thumbnail } from "./loader/thumbnail.ts";
export { longTailCounts, longTailIndices, type LongTailOptions, type Profile } from "./sampling/long_tail.ts";
export { type Mixup, mixupDraw, type MixupOptions } from "./sampling/mixup.ts";
export { hash32, LegacyRandom } from "./base/random.ts";
export { withRoom } from "./base/room.ts";
export { epochOrder, type Sampler } from "./sampling/sampler.ts";
export type { SetAsideOptions } from "./sampling/set_aside.ts";

/**
 * Images for training: where they come from, the long-tailed cut, samplers, augmentation, and loading in Workers.
 *
 * @module
 */
export type { Augment, Jitter, Policy } from "./augment/recipe.ts";
export type { ImageCache } from "./decode/mod.ts";
export type { Dataset, LoadOptions, Source } from "./images/dataset.ts";
export { type BrokenImage, BrokenImagesError, ChecksumError, MissingDataError } from "./base/errors.ts";
export {
  classCounts,
  digestOf,
  type EncodedImages,
  type ImageSet,
  type Labelled,
  type MemoryImages,
  newImageSet,
  subset,
} from "./images/image_set.ts";
export { formatList } from "./sources/list_file.ts";
export { loadDataset } from "./sources/load.ts";
export { type Batch, Loader, type LoaderOptions } from "./loader/loader.ts";
export { longTail, longTailCounts, type Profile } from "./sampling/long_tail.ts";
export { type Mixup, mixupDraw, type MixupOptions } from "./sampling/mixup.ts";
export { hash32, LegacyRandom } from "./base/random.ts";
export { epochOrder, type Sampler } from "./sampling/sampler.ts";

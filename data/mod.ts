/**
 * Images for training: where they come from, the long-tailed cut, samplers, augmentation, and loading in Workers.
 *
 * @module
 */
export type { Augment, Jitter, Policy } from "./augment/recipe.ts";
export type { ImageCache } from "./decode/mod.ts";
export type { Dataset, LoadOptions, Source } from "./dataset.ts";
export { type BrokenImage, BrokenImagesError, ChecksumError, MissingDataError } from "./errors.ts";
export {
  classCounts,
  digestOf,
  type EncodedImages,
  type ImageSet,
  type Labelled,
  type MemoryImages,
  newImageSet,
  subset,
} from "./image_set.ts";
export { formatList } from "./list_file.ts";
export { loadDataset } from "./load.ts";
export { type Batch, Loader, type LoaderOptions } from "./loader.ts";
export { longTail, longTailCounts, type Profile } from "./long_tail.ts";
export { type Mixup, mixupDraw, type MixupOptions } from "./mixup.ts";
export { hash32, LegacyRandom } from "./random.ts";
export { epochOrder, type Sampler } from "./sampler.ts";

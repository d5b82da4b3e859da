/**
 * Image files to pixels.
 *
 * @module
 */
export { cached, type CachedImage, type ImageCache, openCache } from "./cache.ts";
export { decodeImage, type DecodeOptions, topOfPng } from "./decode.ts";
export { formatOf, headerSize, HEIC_ADVICE, type ImageFormat } from "./header.ts";
export { ImageError } from "./image_error.ts";
export { imageLibrary } from "./library.ts";
export { abandonedDecodes, withinTime } from "./time_limit.ts";

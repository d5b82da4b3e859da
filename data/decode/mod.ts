/**
 * Image files to pixels.
 *
 * @module
 */
export { cached, type CachedImage, type ImageCache, openCache } from "./cache.ts";
export { decodeImage, type DecodeOptions, topOfPng } from "./decode.ts";
export { type Format, formatOf, headerSize, HEIC_ADVICE } from "./header.ts";
export { ImageError } from "./image_error.ts";
export { givenUp, withinTime } from "./time_limit.ts";

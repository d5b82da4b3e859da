/**
 * Image files to pixels.
 *
 * @module
 */
export { decodeImage, type DecodeOptions } from "./decode.ts";
export { ImageError } from "./image_error.ts";

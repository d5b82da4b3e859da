/**
 * Single images outside a set: as a network sees them, and small enough for a page.
 *
 * @module
 */
export { type ImageForm, imageOf, plainImage, type RawImage } from "./plain.ts";
export { thumbnail } from "./thumbnail.ts";

import { EncodedImages, type ImageSet } from "../../data/mod.ts";
import { findImages, type NamedFile } from "./images.ts";

/** The form in which a network takes images. */
export interface ImageForm
  extends Pick<EncodedImages, "height" | "width" | "shorter" | "channels" | "classNames"> {
  /** Most pixels of an image. */
  maxPixels: number;
  /** File of libturbojpeg; null: sharp decodes all. */
  jpegLibrary: string | null;
}

/** Image files as a set without labels, decoded as in training; any of them may be broken. */
export function fileSet(images: readonly NamedFile[], form: ImageForm): EncodedImages {
  return new EncodedImages({
    files: images.map(({ path }) => path),
    labels: new Uint32Array(new SharedArrayBuffer(4 * images.length)),
    ranges: null,
    maxBroken: images.length,
    cache: null,
    ...form,
  });
}

/**
 * All images of a folder, in the form of the test images.
 *
 * @throws {Error} when the folder cannot be read. @throws {RangeError} without images in it.
 */
export async function unlabelledImages(
  folder: string,
  test: ImageSet,
  maxPixels: number,
): Promise<EncodedImages> {
  const isFolder = (await Deno.stat(folder).catch(() => null))?.isDirectory;
  const images = isFolder ? (await findImages([folder], Deno.cwd())).images : [];
  if (images.length === 0) {
    throw new RangeError(
      `Cannot choose t by ${folder}: it takes a folder of images, ${
        isFolder ? "current has none" : "there is none"
      }`,
    );
  }
  const { height, width, channels, classNames } = test;
  const shorter = test.kind === "encoded" ? test.shorter : Math.min(height, width);
  const jpegLibrary = test.kind === "encoded" ? test.jpegLibrary : null;
  return fileSet(images, { height, width, shorter, channels, classNames, maxPixels, jpegLibrary });
}

import type { Pixels } from "./augment/pixels.ts";
import { cached, decodeImage, ImageError } from "./decode/mod.ts";
import type { EncodedImages, ImageSet } from "./image_set.ts";

/** An image of a set that is of no use. */
export interface BrokenImage {
  /** Its place in the set. */
  index: number;
  /** Its file. */
  path: string;
  /** What is wrong with it. */
  cause: string;
}

/** Reads an image of a set; one that is broken is described instead. */
export type ReadImage = (index: number) => Promise<Pixels | BrokenImage>;

/**
 * How the images of a set are read.
 *
 * @param whole Files are decoded at their own size, whatever the set says.
 */
export function pixelsOf(set: ImageSet, whole: boolean): ReadImage {
  if (set.kind === "encoded") return (index) => decode(set, index, whole ? null : set.shorter);
  const { images, height, width, channels } = set;
  const size = height * width * channels;
  return (index) => {
    const data = images.subarray(index * size, (index + 1) * size);
    return Promise.resolve({ data, height, width, channels });
  };
}

async function decode(
  set: EncodedImages,
  index: number,
  shorter: number | null,
): Promise<Pixels | BrokenImage> {
  const { files, ranges, cache, maxPixels } = set;
  const path = files[index];
  const decoded = async () => await decodeImage(await bytesOf(set, index), { shorter, maxPixels });
  try {
    if (cache === null || shorter === null) return await decoded();
    const range = ranges && [ranges[2 * index], ranges[2 * index + 1]] as const;
    return await cached(cache, { path, range, shorter }, decoded);
  } catch (error) {
    if (error instanceof ImageError || error instanceof Deno.errors.NotFound) {
      return { index, path, cause: error.message };
    }
    throw error;
  }
}

/** The bytes of an encoded image. */
async function bytesOf({ files, ranges }: EncodedImages, index: number): Promise<Uint8Array> {
  if (!ranges) return await Deno.readFile(files[index]);
  const [offset, length] = ranges.subarray(2 * index, 2 * index + 2);
  const bytes = new Uint8Array(length);
  using file = await Deno.open(files[index]);
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) throw new ImageError(`its file ends ${length - at} bytes early`);
    at += read;
  }
  return bytes;
}

import { inChannels } from "../augment/channels.ts";
import type { Pixels } from "../augment/pixels.ts";
import type { BrokenImage } from "../base/errors.ts";
import { cached, decodeImage, ImageError } from "../decode/mod.ts";
import type { EncodedImages, ImageFields } from "../images/image_set.ts";
import { numberInPack } from "../containers/pack.ts";

/** Reads an image of a set; gives a description in place of a broken image. */
export type ReadImage = (index: number) => Promise<Pixels | BrokenImage>;

/**
 * The function that reads the images of a set.
 *
 * @param whole True to decode files at their own size, whatever the set says.
 * @param decoder Replaced in tests.
 */
export function imageReader(set: ImageFields, whole: boolean, decoder = decodeImage): ReadImage {
  if (set.kind === "encoded") return (index) => decode(set, index, whole ? null : set.shorter, decoder);
  const { images, height, width, channels } = set;
  const size = height * width * channels;
  return (index) => {
    const data = images.subarray(index * size, (index + 1) * size);
    return Promise.resolve({ data, height, width, channels });
  };
}

async function decode(
  set: ImageFields<EncodedImages>,
  index: number,
  shorter: number | null,
  decoder: typeof decodeImage,
): Promise<Pixels | BrokenImage> {
  const { files, ranges, cache, maxPixels, jpegLibrary } = set;
  const path = files[index];
  const decoded = async () => await decoder(await bytesOf(set, index), { shorter, maxPixels, jpegLibrary });
  try {
    if (cache === null || shorter === null) return inChannels(await decoded(), set.channels);
    const range = ranges && [ranges[2 * index], ranges[2 * index + 1]] as const;
    return inChannels(await cached(cache, { path, range, shorter, maxPixels }, decoded), set.channels);
  } catch (error) {
    if (!concernsOneImage(error)) throw error;
    // Deno's message ends with its operation and the path; both are removed.
    const cause = error instanceof ImageError ? error.message : error.message.replace(/: \w+ '.*$/s, "");
    return { index, path: await placeOf(set, index), cause };
  }
}

/** Tells an error of a single image from an error that all images would meet. */
function concernsOneImage(error: unknown): error is Error {
  const { IsADirectory, NotADirectory, NotFound, FilesystemLoop, PermissionDenied } = Deno.errors;
  return [ImageError, NotFound, IsADirectory, NotADirectory, FilesystemLoop, PermissionDenied]
    .some((kind) => error instanceof kind);
}

/** The path of an image; for an image in a pack, the path of the pack and the image's number in it. */
async function placeOf({ files, ranges }: ImageFields<EncodedImages>, index: number): Promise<string> {
  if (!ranges) return files[index];
  const [offset, length] = ranges.subarray(2 * index, 2 * index + 2);
  const number = await numberInPack(files[index], offset, length);
  return `${files[index]}, ${number === null ? `at byte ${offset}` : `image ${number}`}`;
}

/** The bytes of an encoded image. */
async function bytesOf({ files, ranges }: ImageFields<EncodedImages>, index: number): Promise<Uint8Array> {
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

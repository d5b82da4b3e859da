// libturbojpeg, called without sharp around it, which takes less of the processor's time. sharp has the same decoder inside,
// so that the pixels are the same; a file that libturbojpeg objects to, by an error or a mere warning, is sharp's to decode or
// to refuse.
import type { Pixels } from "../augment/pixels.ts";
import { imageLibrary } from "./library.ts";
import { type PlainJpeg, plainJpeg } from "./plain_jpeg.ts";

/** Most pixels that are decoded here, in about a second: a call holds its thread, and nothing can end it. */
const MOST = 100_000_000;

/**
 * Most pixels of a byte: 8 x 8 of them take two codes of a bit at least. No room is made for a file whose header promises
 * more, which is cut off.
 */
const MOST_OF_BYTE = 256;

/** Flag: the first warning ends a call. */
const STOP_ON_WARNING = 8192;

/** Colour spaces of files: luma and two chromas, or grey. */
const SPACES = [1, 2];

const SYMBOLS = {
  tjInitDecompress: { parameters: [], result: "pointer" },
  tjDecompressHeader3: {
    parameters: ["pointer", "buffer", "u64", "buffer", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  tjDecompress2: {
    parameters: ["pointer", "buffer", "u64", "buffer", "i32", "i32", "i32", "i32", "i32"],
    result: "i32",
  },
  tjDestroy: { parameters: ["pointer"], result: "i32" },
} as const;

/** Decodes a file; null where the library objects. */
type DecodeJpeg = (bytes: Uint8Array<ArrayBuffer>, plain: PlainJpeg) => Pixels | null;

/** The decoders of this thread, by their libraries' files. */
const decoders = new Map<string, Promise<DecodeJpeg>>();

/**
 * The pixels of a usual JPEG as they lie in the file, and whether a tag may tell to turn them; null where sharp has to decode.
 *
 * @param library File of libturbojpeg.
 * @throws {Error} when it cannot be used.
 */
export async function plainPixels(
  bytes: Uint8Array,
  library: string,
): Promise<{ pixels: Pixels; isTagged: boolean } | null> {
  const plain = plainJpeg(bytes);
  const most = Math.min(MOST, MOST_OF_BYTE * bytes.length);
  if (plain === null || plain.height * plain.width > most) return null;
  const decode = decoders.get(library) ?? open(library);
  decoders.set(library, decode);
  // Nothing else runs on this thread until the call ends, so that nobody takes the bytes away from it.
  const pixels = (await decode)(bytes as Uint8Array<ArrayBuffer>, plain);
  return pixels && { pixels, isTagged: plain.isTagged };
}

/** Loads a library. @throws {Error} when it is none, or gives other pixels than sharp. */
async function open(library: string): Promise<DecodeJpeg> {
  const decode = load(library);
  const [width, height] = [37, 21];
  const drawn = Uint8Array.from({ length: 3 * width * height }, (_, i) => i * i * 7 >> 3);
  const sharp = await imageLibrary();
  const file = new Uint8Array(await sharp(drawn, { raw: { width, height, channels: 3 } }).jpeg().toBuffer());
  const expected = await sharp(file).raw().toBuffer();
  const pixels = decode(file, plainJpeg(file)!);
  if (pixels?.data.every((value, i) => value === expected[i])) return decode;
  throw new Error(
    `Cannot decode by ${library}: it takes a library that gives the pixels that sharp gives, current one ${
      pixels ? "gives others" : "does not decode"
    }: leave the decoder sharp`,
  );
}

function load(library: string): DecodeJpeg {
  let call: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  try {
    call = Deno.dlopen(library, SYMBOLS).symbols;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(
      `Cannot decode by ${library}: it takes libturbojpeg, current file does not load: ${why}`,
      {
        cause,
      },
    );
  }
  return (bytes, { height, width }) => {
    const size = BigInt(bytes.length);
    const [w, h, sampling, space] = Array.from({ length: 4 }, () => new Int32Array(1));
    const handle = call.tjInitDecompress();
    if (handle === null) return null;
    try {
      if (call.tjDecompressHeader3(handle, bytes, size, w, h, sampling, space) !== 0) return null;
      if (w[0] !== width || h[0] !== height || !SPACES.includes(space[0])) return null;
      const data = new Uint8Array(3 * height * width);
      const failed = call.tjDecompress2(handle, bytes, size, data, width, 0, height, 0, STOP_ON_WARNING);
      return failed === 0 ? { data, height, width, channels: 3 } : null;
    } finally {
      call.tjDestroy(handle);
    }
  };
}

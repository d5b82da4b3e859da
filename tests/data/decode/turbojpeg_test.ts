// libturbojpeg decodes plain JPEGs as sharp does, to the bit, and leaves all others to it.

import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { photo } from "../../../bench/data/photos.ts";
import { decodeImage, type DecodeOptions, ImageError } from "../../../data/decode/mod.ts";
import { plainJpeg } from "../../../data/decode/plain_jpeg.ts";
import { plainPixels } from "../../../data/decode/turbojpeg.ts";
import { digestOf, EncodedImages, Loader } from "../../../data/mod.ts";
import fixture from "../../fixtures/data/decode.json" with { type: "json" };
import { ofTurbojpeg, turbojpeg } from "../../turbojpeg.ts";
import { ascending, temporaryFolder } from "../helpers.ts";
import { encodeJpeg, SAMPLINGS } from "./formats/jpeg_file.ts";

const OWN_SIZE = { shorter: null, maxPixels: 1e6 };

interface Kind {
  grey?: boolean;
  chromaSubsampling?: "4:2:0" | "4:4:4";
  orientation?: number;
  progressive?: boolean;
}

/** A JPEG of a picture with noise. */
async function jpeg(
  height: number,
  width: number,
  { grey = false, orientation, ...kind }: Kind = {},
): Promise<Uint8Array<ArrayBuffer>> {
  let image = sharp(photo(height + width, height, width), { raw: { width, height, channels: 3 } });
  if (grey) image = image.toColourspace("b-w");
  if (orientation !== undefined) image = image.withMetadata({ orientation });
  return new Uint8Array(await image.jpeg({ quality: 85, mozjpeg: false, ...kind }).toBuffer());
}

/** The file with other bytes from an offset on. */
function patched(file: Uint8Array, at: number, ...bytes: number[]): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(file);
  copy.set(bytes, at);
  return copy;
}

/** Offset of a marker's segment, from its length on. */
function segment(file: Uint8Array, marker: number): number {
  for (let at = 2; at < file.length; at += 2 + (file[at + 2] << 8 | file[at + 3])) {
    if (file[at + 1] === marker) return at + 2;
  }
  throw new Error(`no segment ${marker.toString(16)}`);
}

/** The pixels of a file, or the words of its refusal. */
async function outcome(file: Uint8Array, options: DecodeOptions): Promise<unknown> {
  try {
    return await decodeImage(file, options);
  } catch (error) {
    if (error instanceof ImageError) return error.message;
    throw error;
  }
}

/** Checks that a file ends the same by both decoders, at its own size and resized. */
async function sameByBoth(file: Uint8Array, words: string): Promise<void> {
  for (const shorter of [null, 11]) {
    const expected = await outcome(file, { ...OWN_SIZE, shorter });
    assertEquals(await outcome(file, { ...OWN_SIZE, shorter, jpegLibrary: turbojpeg }), expected, words);
  }
}

const LOOKS: Record<string, Kind> = {
  "4:2:0": {},
  "4:4:4": { chromaSubsampling: "4:4:4" },
  grey: { grey: true },
};

Deno.test({
  ...ofTurbojpeg(
    "turbojpeg gives the pixels of sharp at drawn sizes, in colour, without subsampling, and grey",
  ),
  async fn() {
    for (const [name, kind] of Object.entries(LOOKS)) {
      for (const [h, w] of [[1, 1], [1, 9], [8, 8], [9, 1], [15, 17], [16, 33], [37, 64], [63, 50]]) {
        const file = await jpeg(h, w, kind);
        assert(await plainPixels(file, turbojpeg!), `${name} ${w} x ${h} is not decoded by the library`);
        await sameByBoth(file, `${name} ${w} x ${h}`);
      }
    }
  },
});

Deno.test({
  ...ofTurbojpeg(
    "turbojpeg gives the pixels of sharp in every usual sampling, and leaves 4:4:0 and 4:1:1 to it",
  ),
  async fn() {
    for (const sampling of Object.keys(SAMPLINGS) as (keyof typeof SAMPLINGS)[]) {
      for (const size of [[1, 1], [7, 16], [17, 31], [33, 34], [40, 65]]) {
        const [height, width] = size;
        const file = encodeJpeg(turbojpeg!, photo(width, height, width), [height, width], sampling);
        const isUsual = !["4:4:0", "4:1:1"].includes(sampling);
        assertEquals((await plainPixels(file, turbojpeg!)) !== null, isUsual, `${sampling} ${size}`);
        await sameByBoth(file, `${sampling} ${size}`);
      }
    }
  },
});

Deno.test({
  ...ofTurbojpeg("turbojpeg turns images by their tag"),
  async fn() {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = await jpeg(19, 30, { orientation });
      assertEquals((await plainPixels(file, turbojpeg!))?.isTagged, true);
      await sameByBoth(file, `orientation ${orientation}`);
    }
  },
});

Deno.test({
  ...ofTurbojpeg("turbojpeg leaves damaged and unusual files to sharp"),
  async fn() {
    const file = await jpeg(40, 30);
    const scan = segment(file, 0xda);
    const flipped = [.3, .5, .8].map((share) => {
      const at = scan + Math.floor(share * (file.length - scan));
      return patched(file, at, file[at] ^ 255, 0xff, 0x31);
    });
    const cut = [.1, .5, .9].map((share) => file.subarray(0, share * file.length));
    const others = fixture.cases.map(({ file }) => Uint8Array.fromBase64(file));
    const odd = [await jpeg(40, 30, { progressive: true }), patched(file, scan - 2, 0xff, 0xd9)];
    for (const bytes of [...cut, ...flipped, file.subarray(0, -2), ...odd, ...others]) {
      await sameByBoth(bytes, `${bytes.length} bytes`);
    }
    for (const bytes of [...cut, ...odd, file.subarray(0, -2)]) {
      assertEquals(await plainPixels(bytes, turbojpeg!), null);
    }
    const trailing = new Uint8Array([...file, ...new Uint8Array(50).fill(7)]);
    assert(await plainPixels(trailing, turbojpeg!));
    await sameByBoth(trailing, "trailing bytes");
  },
});

Deno.test({
  ...ofTurbojpeg("turbojpeg holds the bound of pixels, and takes files wherever they lie in memory"),
  async fn() {
    const file = await jpeg(40, 30);
    const limits = { shorter: null, maxPixels: 1199, jpegLibrary: turbojpeg };
    await assertRejects(
      () => decodeImage(file, limits),
      ImageError,
      "takes 1199 pixels at most, current ones",
    );
    const shared = new Uint8Array(new SharedArrayBuffer(file.length + 9));
    shared.set(file, 4);
    const resizable = new Uint8Array(new ArrayBuffer(file.length + 9, { maxByteLength: 1e6 }));
    resizable.set(file, 4);
    const expected = await decodeImage(file, OWN_SIZE);
    for (const bytes of [shared, resizable, new Uint8Array(shared)]) {
      const found = await plainPixels(bytes.subarray(4, 4 + file.length), turbojpeg!);
      assertEquals(found?.pixels, expected);
    }
  },
});

Deno.test({
  ...ofTurbojpeg("turbojpeg in the Workers of a Loader: the same images, digest and files of the cache"),
  async fn() {
    await using folder = await temporaryFolder();
    const files: string[] = [];
    for (let i = 0; i < 6; i++) {
      files.push(`${folder.path}/${i}.jpg`);
      Deno.writeFileSync(files[i], await jpeg(30 + i, 50 - i, { orientation: 1 + i }));
    }
    const labels = new Uint32Array(new SharedArrayBuffer(4 * files.length));
    const form = { height: 16, width: 16, channels: 3, shorter: 20, maxPixels: 1e6, maxBroken: 0 };
    const set = new EncodedImages({
      files,
      ranges: null,
      labels,
      classNames: ["only"],
      cache: null,
      ...form,
    });
    const fast = new EncodedImages({ ...set, jpegLibrary: turbojpeg }).subset(ascending(6));
    assertEquals([set.jpegLibrary, fast.jpegLibrary], [null, turbojpeg]);
    assertEquals(digestOf(fast), digestOf(set));
    const images = async (set: EncodedImages, workers: number) => {
      await using loader = new Loader(set, { batch: 6, workers });
      for await (const { images } of loader.batches(ascending(6), 0)) return images.slice();
    };
    const expected = await images(set, 0);
    for (const workers of [0, 2]) assertEquals(await images(fast, workers), expected);
  },
});

Deno.test("a library that is not libturbojpeg is told once the first JPEG comes", async () => {
  const file = await jpeg(9, 9);
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lib.so`;
  Deno.writeTextFileSync(path, "no code");
  const decode = () => decodeImage(file, { ...OWN_SIZE, jpegLibrary: path });
  const error = await assertRejects(
    decode,
    Error,
    `Cannot decode by ${path}: it takes libturbojpeg, current`,
  );
  assert(!(error instanceof ImageError)); // it concerns all images
});

Deno.test("JPEGs of the usual kind are known by their headers", async () => {
  const file = await jpeg(20, 30);
  const size = { height: 20, width: 30 };
  assertEquals(plainJpeg(file), { ...size, isTagged: false });
  assertEquals(plainJpeg(await jpeg(20, 30, { grey: true })), { ...size, isTagged: false });
  assertEquals(plainJpeg(await jpeg(20, 30, { orientation: 3 })), { ...size, isTagged: true });
  assertEquals(plainJpeg(await jpeg(20, 30, { progressive: true })), null);
  const [frame, scan] = [segment(file, 0xc0), segment(file, 0xda)];
  const unusual = {
    "12 bits": patched(file, frame + 2, 12),
    "arithmetic codes": patched(file, frame - 1, 0xc9),
    "4:4:0": patched(file, frame + 9, 0x12),
    "colours of several samples": patched(file, frame + 12, 0x21),
    "several scans": patched(file, scan + 2, 1),
    "a scan before the frame": patched(file, frame - 1, 0xec),
    "garbage between segments": patched(file, frame - 2, 0),
    "a restart between segments": patched(file, segment(file, 0xdb) - 1, 0xd0),
    "a segment without a length": patched(file, segment(file, 0xdb), 0, 1),
    "no scan": file.subarray(0, scan - 2),
    "a cut frame": file.subarray(0, frame + 6),
    "four components": Uint8Array.fromBase64(fixture.cases.find(({ name }) => name === "CMYK JPEG")!.file),
  };
  for (const [name, bytes] of Object.entries(unusual)) assertEquals(plainJpeg(bytes), null, name);
});

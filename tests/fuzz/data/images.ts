// Image files of every format: chunks, segments and tags, whose checksums are made anew.
import { crc32, deflateSync } from "node:zlib";
import { decodeImage } from "../../../data/decode/mod.ts";
import { imageLibrary } from "../../../data/decode/library.ts";
import { formatOf, headerSize } from "../../../data/decode/header.ts";
import { ImageError } from "../../../data/decode/image_error.ts";
import { tiff } from "../../data/decode/formats/tiff_file.ts";
import { turbojpeg } from "../../turbojpeg.ts";
import type { Draw } from "../draw.ts";
import type { Format, Sample } from "../format.ts";
import { same } from "../campaign/judge.ts";
import { Writer } from "../writer.ts";

/** Pixels that an image may have. */
const MOST = 1_000_000;

const pixels = (draw: Draw, width: number, height: number) => {
  const [seed, step] = [draw.below(256), 1 + draw.below(9)];
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => seed + i * step);
};

/** Puts the sums of a PNG's chunks right. */
function resealPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return bytes;
}

function png(draw: Draw): Sample {
  const [width, height] = [1 + draw.below(9), 1 + draw.below(9)];
  const chunk = (w: Writer, type: string, put: (w: Writer) => Writer) => {
    const data = put(new Writer(true));
    w.u32(data.length).raw(type).put(data).raw(new Uint8Array(4));
  };
  const w = new Writer(true).raw(Uint8Array.of(0x89)).raw("PNG\r\n").raw(Uint8Array.of(26, 10));
  chunk(w, "IHDR", (w) => w.u32(width).u32(height).u8(8).u8(2).u8(0).u8(0).u8(draw.below(2) && 0));
  if (draw.chance(0.3)) {
    chunk(
      w,
      "eXIf",
      (w) => w.raw("II*\0").raw(Uint8Array.of(8, 0, 0, 0, 1, 0, 18, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0)),
    );
  }
  if (draw.chance(0.2)) chunk(w, "iCCP", (w) => w.raw("a\0\0").raw(deflateSync(new Uint8Array(200))));
  if (draw.chance(0.2)) {
    chunk(w, "zTXt", (w) => w.raw("a\0\0").raw(deflateSync(new Uint8Array(draw.pick([100, 100_000])))));
  }
  chunk(w, "IDAT", (w) => w.raw(deflateSync(new Uint8Array(height * (1 + 3 * width)))));
  chunk(w, "IEND", (w) => w);
  return { bytes: resealPng(w.bytes), fields: w.fields, reseal: resealPng };
}

function bmp(draw: Draw): Sample {
  const [width, height] = [1 + draw.below(9), 1 + draw.below(9)];
  const stride = Math.ceil(width * 24 / 32) * 4;
  const w = new Writer().raw("BM").u32(54 + stride * height).u32(0).u32(54).u32(40).u32(width).u32(height)
    .u16(1).u16(24);
  w.u32(0).u32(stride * height).u32(0).u32(0).u32(0).u32(0).raw(draw.bytes(stride * height));
  return { bytes: w.bytes, fields: w.fields };
}

function pnm(draw: Draw): Sample {
  const [width, height, kind] = [1 + draw.below(9), 1 + draw.below(9), draw.pick([2, 3, 5, 6])];
  const count = width * height * (kind % 3 === 0 ? 3 : 1);
  const head = new TextEncoder().encode(`P${kind}\n${width} ${height}\n255\n`);
  const body = kind > 3
    ? draw.bytes(count)
    : new TextEncoder().encode(draw.list(count, () => draw.below(256)).join(" ") + "\n");
  return { bytes: new Writer().raw(head).raw(body).bytes };
}

const OWN: Readonly<Record<string, (draw: Draw) => Sample>> = {
  png,
  bmp,
  pnm,
  tiff(draw) {
    const bytes = tiff(2, [1 + draw.below(5), 1 + draw.below(5)], [40, 100, 200], 8);
    const at = new DataView(bytes.buffer).getUint32(4, true);
    const fields = Array.from({ length: bytes[at] }, (_, i) => at + 2 + 12 * i).flatMap((tag) => [
      { at: tag, bytes: 2, bigEndian: false } as const,
      { at: tag + 2, bytes: 2, bigEndian: false } as const,
      { at: tag + 4, bytes: 4, bigEndian: false } as const,
      { at: tag + 8, bytes: 4, bigEndian: false } as const,
    ]);
    return { bytes, fields };
  },
};

/** Formats that the library writes, drawn a few times each when the first is asked for. */
async function library(): Promise<Map<string, Uint8Array[]>> {
  const sharp = await imageLibrary();
  const { Draw } = await import("../draw.ts");
  const draw = new Draw(5);
  const made = new Map<string, Uint8Array[]>();
  for (const kind of ["jpeg", "webp", "gif", "avif"] as const) {
    const all: Uint8Array[] = [];
    for (const [width, height] of [[8, 8], [17, 9], [40, 33]]) {
      const image = sharp(pixels(draw, width, height), { raw: { width, height, channels: 3 } });
      all.push(new Uint8Array(await image.toFormat(kind).toBuffer()));
      if (kind !== "jpeg") continue;
      const turned = image.clone().withMetadata({ orientation: 6 });
      all.push(new Uint8Array(await turned.jpeg({ chromaSubsampling: "4:4:4" }).toBuffer()));
      all.push(new Uint8Array(await image.clone().toColourspace("b-w").jpeg().toBuffer()));
    }
    made.set(kind, all);
  }
  return made;
}

/** The numbers of two bytes in the segments of a JPEG, or in the blocks of a GIF, where other formats have none. */
function fieldsOf(bytes: Uint8Array): Sample["fields"] {
  const isJpeg = bytes[0] === 0xff;
  return Array.from({ length: Math.min(bytes.length - 4, 400) }, (_, at) => at)
    .filter((at) => isJpeg ? bytes[at] === 0xff && bytes[at + 1] >= 0xc0 : at < 60)
    .flatMap((at) => [2, 5, 7].map((more) => ({ at: at + more, bytes: 2, bigEndian: isJpeg }) as const));
}

const decoded = (bytes: Uint8Array, jpegLibrary: string | null) =>
  decodeImage(bytes, { shorter: bytes.length % 2 ? null : 16, maxPixels: MOST, jpegLibrary });

/** Decodes a JPEG by sharp, and again by libturbojpeg where the system has it. @throws {TypeError} when they differ. */
async function byBoth(bytes: Uint8Array) {
  const [one, other] = await Promise.allSettled([null, turbojpeg].map((library) => decoded(bytes, library)));
  const end = (result: typeof one) => result.status === "fulfilled" ? result.value : `${result.reason}`;
  if (!same(end(one), end(other))) throw new TypeError("libturbojpeg does not end as sharp does");
  if (one.status === "rejected") throw one.reason;
  return one.value;
}

/** Image files. */
export async function images(kinds: readonly string[]): Promise<Format> {
  const made = await library();
  return {
    few: 300,
    many: 20_000,
    errors: [ImageError],
    quotes: true,
    words: [
      Uint8Array.of(0xff, 0xd8),
      Uint8Array.of(0xff, 0xc2),
      Uint8Array.of(0xff, 0xda),
      Uint8Array.of(0x21, 0xf9, 4),
      "IDAT",
      "acTL",
      "ANIM",
      " ",
      "#",
      "\n",
      "1 ",
    ],
    make(draw) {
      const kind = draw.pick(kinds);
      if (kind in OWN) return OWN[kind](draw);
      const bytes = draw.pick(made.get(kind)!);
      return { bytes, fields: fieldsOf(bytes) };
    },
    read: kinds.includes("jpeg") ? byBoth : (bytes) => decoded(bytes, null),
    agrees(value, bytes) {
      const { data, height, width } = value as { data: Uint8Array; height: number; width: number };
      if (data.length !== 3 * height * width) return "not as many values as pixels";
      if (height * width > MOST) return `${height} x ${width} pixels`;
      if (bytes.length % 2 === 0) {
        return Math.min(height, width) === 16 ? null : `${height} x ${width} pixels`;
      }
      const told = headerSize(formatOf(bytes), bytes);
      const sizes = told && [told.height * told.width, told.height + told.width];
      const turned = sizes === null || sizes[0] === height * width && sizes[1] === height + width;
      return turned || formatOf(bytes) === "GIF"
        ? null
        : `${height} x ${width} pixels, the header has ${told!.height} x ${told!.width}`;
    },
  };
}

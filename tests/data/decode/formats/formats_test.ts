// Formats that are read without the library: BMP, and PBM, PGM and PPM.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import sharp from "sharp";
import { decodeImage, ImageError } from "../../../../data/decode/mod.ts";
import fixture from "../../../fixtures/data/decode.json" with { type: "json" };
import { bmp, PALETTE } from "./bmp_file.ts";

const OWN_SIZE = { shorter: null, maxPixels: 1e6 };
const decode = async (bytes: Uint8Array) => await decodeImage(bytes, OWN_SIZE);
const pixels = async (bytes: Uint8Array) => Array.from((await decode(bytes)).data);
const refuses = async (bytes: Uint8Array, words: RegExp, maxPixels = 1e6) =>
  assertMatch(
    (await assertRejects(() => decodeImage(bytes, { shorter: null, maxPixels }), ImageError)).message,
    words,
  );

const text = (words: string) => Uint8Array.from(words, (letter) => letter.charCodeAt(0));

Deno.test("a BMP that PIL wrote has the pixels of the PNG of the same image", async () => {
  const [bmp, png] = [fixture.others.BMP, fixture.cases.find(({ name }) => name === "PNG")!.file].map((
    file,
  ) => Uint8Array.fromBase64(file));
  assertEquals(await decode(bmp), await decode(png));
  const [small, other] = await Promise.all(
    [bmp, png].map((bytes) => decodeImage(bytes, { ...OWN_SIZE, shorter: 9 })),
  );
  assertEquals(small, other);
});

Deno.test("BMPs of all depths are read, from the bottom up and from the top down", async () => {
  for (const bits of [1, 2, 4, 8]) {
    const indices = [0, 1, 1, 0, 2 ** bits - 1, 0].map((index) => index % 4);
    const expected = indices.flatMap((index) => PALETTE[index]);
    for (const topDown of [false, true]) {
      assertEquals(await pixels(bmp(bits, [3, 2], indices, { topDown })), expected, `${bits} bits`);
    }
  }
  const colours = [0x112233, 0x445566, 0x778899, 0xaabbcc, 0xddeeff, 0x010203];
  const expected = colours.flatMap((colour) => [colour >> 16, colour >> 8 & 255, colour & 255]);
  for (const bits of [24, 32]) {
    assertEquals(await pixels(bmp(bits, [3, 2], colours, {})), expected, `${bits} bits`);
  }
  const masks = [0xff, 0xff00, 0xff0000];
  assertEquals(
    await pixels(bmp(32, [3, 2], colours, { masks })),
    colours.flatMap((colour) => [colour & 255, colour >> 8 & 255, colour >> 16]),
  );
  const wide = [0xf800, 0x07e0, 0x001f, 0xffff, 0, 0x8410];
  assertEquals(
    await pixels(bmp(16, [3, 2], wide, { masks: [0xf800, 0x07e0, 0x001f] })),
    [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 131, 129, 131],
  );
  assertEquals(await pixels(bmp(16, [1, 1], [0x7fff], {})), [255, 255, 255]);
});

Deno.test("BMPs that are cut off, damaged, compressed or too large are refused by name", async () => {
  const file = bmp(24, [3, 2], [1, 2, 3, 4, 5, 6], {});
  await refuses(
    file.subarray(0, file.length - 1),
    /whole file, current \d+ bytes of a BMP file are not: it ends before/,
  );
  await refuses(file.subarray(0, 20), /its header is cut off/);
  const change = (at: number, value: number) => {
    const other = file.slice();
    new DataView(other.buffer).setUint32(at, value, true);
    return other;
  };
  await refuses(change(30, 1), /compressed, which is not read: convert it to PNG/);
  await refuses(change(18, 2 ** 31), /its header says -2147483648 x 2 pixels/);
  await refuses(change(18, 100_000), /takes 1000 pixels at most, current ones are 100000 x 2/, 1000);
  await refuses(change(14, 13), /its header is of no known kind/);
  await refuses(change(14, 5000), /its header is of no known kind/);
  const masked = bmp(32, [1, 1], [1], { masks: [255, 0xff00, 0xff0000] });
  await refuses(masked.subarray(0, 60), /its header is cut off/);
  await refuses(bmp(8, [1, 1], [9], {}), /a pixel has colour 9 of 4/);
});

Deno.test("PBM, PGM and PPM are read, as text and in binary, with comments and any largest value", async () => {
  const grey = (...values: number[]) => values.flatMap((value) => [value, value, value]);
  const cases: [string, number[]][] = [
    ["P1\n# a\n3 2\n1 0 1\n011", grey(0, 255, 0, 255, 0, 0)],
    ["P4 3 2\n\xa0\x60", grey(0, 255, 0, 255, 0, 0)],
    ["P2 2 1 15\n0 15", grey(0, 255)],
    ["P2\n2 #w\n1\n1000\n500 1000\n", grey(128, 255)],
    ["P5 2 1 255\n\x07\xff", grey(7, 255)],
    ["P5 2 1 65535\n\x80\x80\xff\xff", grey(128, 255)],
    ["P3 1 2 255 1 2 3 4 5 6", [1, 2, 3, 4, 5, 6]],
    ["P6\n1 1\n255\n\x01\x02\x03", [1, 2, 3]],
    ["P6 1 1 4095\n\x0f\xff\0\0\x08\0", [255, 0, 128]],
  ];
  for (const [file, expected] of cases) assertEquals(await pixels(text(file)), expected, file);
});

Deno.test("PNMs that are cut off or wrong are refused by name", async () => {
  await refuses(text("P5 2 2 255\n\x01\x02\x03"), /PNM file are not: it ends before its last row/);
  await refuses(text("P4 9 2\n\x01\x02\x03"), /it ends before its last row/);
  await refuses(text("P2 2 1 255\n1"), /it is cut off|it ends before its last value/);
  await refuses(text("P2 2 1 255\n1 x"), /a value is no number/);
  await refuses(text("P2 2 1 9\n1 10"), /a value is 10, above the largest, 9/);
  await refuses(text("P5 2 0 255\n"), /its header says 2 x 0 pixels/);
  await refuses(text("P6 90000 90000 255\n"), /takes 1000000 pixels at most/);
});

Deno.test("a transparent GIF has the colours of its palette, as PIL has, not black", async () => {
  const colours = [[200, 30, 40], [10, 180, 90]];
  const data = Uint8Array.from([0, 1, 1, 0].flatMap((index) => [...colours[index], index === 0 ? 0 : 255]));
  // The encoder of the library makes transparent pixels black, so the file is made of an opaque one.
  const opaque = await sharp(data, { raw: { width: 2, height: 2, channels: 4 } }).removeAlpha().gif()
    .toBuffer();
  const expected = await pixels(opaque);
  const at = opaque.indexOf(Uint8Array.of(0x21, 0xf9, 4));
  const control = Uint8Array.of(0x21, 0xf9, 4, 1, 0, 0, 0, 0);
  const flags = opaque[10];
  const end = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const file = at < 0
    ? Uint8Array.from([...opaque.subarray(0, end), ...control, ...opaque.subarray(end)])
    : Uint8Array.from([...opaque.subarray(0, at), ...control, ...opaque.subarray(at + 8)]);
  for (const index of [0, 1]) {
    file[(at < 0 ? end : at) + 6] = index;
    assertEquals(await pixels(file), expected, `colour ${index} is transparent`);
  }
});

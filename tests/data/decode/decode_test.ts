import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { photo } from "../../../bench/data/photos.ts";
import { resized, shorterSideSize } from "../../../data/augment/shorter_side.ts";
import { decodeImage, ImageError } from "../../../data/decode/mod.ts";
import { oriented } from "../../../data/decode/orientation.ts";
import fixture from "../../fixtures/data/decode.json" with { type: "json" };

const OWN_SIZE = { shorter: null, maxPixels: 1e6 };

const fileOf = (name: string): Uint8Array =>
  Uint8Array.fromBase64(fixture.cases.find((file) => file.name === name)!.file);

Deno.test("decodeImage gives PIL's pixels of every kind of file", async () => {
  const wrong: string[] = [];
  for (const { name, file, height, width, pixels } of fixture.cases) {
    const expected = Uint8Array.fromBase64(pixels);
    const image = await decodeImage(Uint8Array.fromBase64(file), OWN_SIZE);
    assertEquals([image.height, image.width, image.channels], [height, width, 3], name);
    const worst = image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    // Lossless files leave no choice; inverse transforms may differ in the last bit on another processor.
    if (worst > (/JPEG|lossy/.test(name) ? 1 : 0)) wrong.push(`${name}: a value is ${worst} away`);
  }
  assertEquals(wrong, []);
});

Deno.test("decodeImage refuses what is no image, by its first bytes", async () => {
  const text = (words: string): Uint8Array => new TextEncoder().encode(words);
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /current file is empty$/],
    [
      text("<!doctype html>\n<title>404 Not Found</title>"),
      /current 44 bytes are text, whatever the file's name$/,
    ],
    [text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"), /are text/],
    [new Uint8Array(4096), /current 4096 bytes begin with zeros: the copy of the file was cut off$/],
    [text("\0\0\0\x18ftypheic\0\0\0\0mif1heic"), /are a HEIC file: convert them to JPEG, by heif-convert/],
    [text("\0\0\0\x18ftypisom\0\0\0\0mp41iso2"), /are a video: take single images out of it$/],
    [text("\0\0\0\x0cjP  \r\n"), /are a JPEG 2000 file: convert it to PNG$/],
    [text("PK\x03\x04"), /are a zip file: unpack it$/],
    [Uint8Array.of(1, 2, 3, 200), /current 4 bytes are none of them$/],
  ];
  for (const [bytes, message] of cases) {
    const error = await assertRejects(() => decodeImage(bytes, OWN_SIZE), ImageError);
    assertMatch(
      error.message,
      /^Cannot decode an image: it takes JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM, PGM or PBM, current /,
    );
    assertMatch(error.message, message);
  }
});

Deno.test("decodeImage refuses files that are cut off or damaged", async () => {
  const damaged = fileOf("PNG").slice();
  damaged[damaged.length >> 1] ^= 255;
  const names = ["JPEG", "progressive JPEG", "CMYK JPEG", "PNG", "16-bit PNG", "WebP", "GIF", "TIFF"];
  const parts = names.flatMap((name) =>
    [.2, .5, .9].map((share) => fileOf(name).subarray(0, share * fileOf(name).length))
  );
  for (const bytes of [...parts, damaged]) {
    for (const shorter of [null, 4]) { // at its own size, shrunk on the way
      const error = await assertRejects(() => decodeImage(bytes, { ...OWN_SIZE, shorter }), ImageError);
      assertMatch(error.message, /whole file, current \d+ bytes of a \w+ file are cut off or damaged$/);
    }
  }
});

Deno.test("decodeImage tells of a damaged image the same, whatever is decoded beside it", async () => {
  const cut = ["JPEG", "PNG", "WebP", "GIF"].map((name) =>
    [name, fileOf(name).subarray(0, .6 * fileOf(name).length)] as const
  );
  const tell = async (bytes: Uint8Array) =>
    (await assertRejects(() => decodeImage(bytes, OWN_SIZE), ImageError)).message;
  const told = await Promise.all(Array.from({ length: 200 }, (_, i) => tell(cut[i % cut.length][1])));
  assertEquals(
    new Set(told),
    new Set(
      cut.map(([name, { length }]) =>
        `Cannot decode an image: it takes a whole file, current ${length} bytes of a ${name} file are cut off or damaged`
      ),
    ),
  );
});

Deno.test("decodeImage refuses images of too many pixels before it decodes them", async () => {
  const huge = fileOf("PNG").slice();
  const view = new DataView(huge.buffer);
  view.setUint32(16, 20_000);
  view.setUint32(20, 20_000);
  view.setUint32(29, crc32(huge.subarray(12, 29)));
  const error = await assertRejects(() => decodeImage(huge, { shorter: 256, maxPixels: 1e8 }), ImageError);
  assertMatch(error.message, /takes 100000000 pixels at most, current ones are 20000 x 20000 = 400000000: /);
  for (const name of ["JPEG", "WebP", "GIF", "TIFF"]) {
    const small = await assertRejects(
      () => decodeImage(fileOf(name), { ...OWN_SIZE, maxPixels: 314 }),
      ImageError,
    );
    assertMatch(small.message, /takes 314 pixels at most, current ones are 21 x 15 = 315: /);
    await decodeImage(fileOf(name), { ...OWN_SIZE, maxPixels: 315 });
  }
});

Deno.test("decodeImage refuses strips that would become images of too many pixels", async () => {
  const strip = await sharp({ create: { width: 9000, height: 2, channels: 3, background: "red" } }).jpeg()
    .toBuffer();
  const error = await assertRejects(() => decodeImage(strip, { shorter: 256, maxPixels: 1e8 }), ImageError);
  assertMatch(error.message, /would be 1152000 x 256 with a shorter side of 256: it has 9000 x 2, a strip/);
  assertEquals((await decodeImage(strip, { shorter: 4, maxPixels: 1e8 })).width, 18_000);
});

Deno.test("decodeImage shrinks a large JPEG on the way, to a grey level of what PIL makes of the whole", async () => {
  const sizes = [[600, 872, 1], [611, 893, 1], [893, 611, 2], [613, 893, 6], [893, 894, 8]]; // last row and column in part
  for (const [height, width, orientation] of sizes) {
    const raw = { width, height, channels: 3 } as const;
    const image = sharp(photo(1, height, width), { raw }).withMetadata({ orientation });
    const file = await image.jpeg({ quality: 90, progressive: orientation === 6 }).toBuffer();
    const whole = await decodeImage(file, OWN_SIZE);
    assertEquals([whole.height, whole.width], orientation >= 5 ? [width, height] : [height, width]);
    for (const factor of [5.9, 6.2, 8.3, 16, 25]) {
      const shorter = Math.round(Math.min(height, width) / factor);
      const made = await decodeImage(file, { ...OWN_SIZE, shorter });
      assertEquals([made.height, made.width], Object.values(shorterSideSize(whole, shorter)));
      const expected = resized(whole, made).data;
      const mean = expected.reduce((sum, value, i) => sum + Math.abs(value - made.data[i]), 0) /
        expected.length;
      // These are rougher than photos of this size. A pixel's shift would be 2 grey levels.
      assert(mean < .5, `${width} x ${height} turned ${orientation} by ${factor}: ${mean} grey levels`);
      if (factor < 6) assertEquals(mean, 0); // the whole was decoded
    }
  }
});

Deno.test("oriented turns as the decoder does, all ways", async () => {
  const [height, width] = [3, 4];
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => i * 7);
  for (let orientation = 1; orientation <= 8; orientation++) {
    const raw = sharp(data, { raw: { height, width, channels: 3 } });
    const file = await raw.withMetadata({ orientation }).png().toBuffer();
    const expected = await decodeImage(file, OWN_SIZE);
    assertEquals(oriented({ data, height, width, channels: 3 }, orientation), expected);
  }
});

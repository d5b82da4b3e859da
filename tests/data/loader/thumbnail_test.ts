import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import sharp from "sharp";
import { EncodedImages, thumbnail } from "../../../data/mod.ts";
import { patternSet, temporaryFolder } from "../helpers.ts";

for (const channels of [1, 3]) {
  Deno.test(`a small image of ${channels} channels becomes a PNG with its very pixels`, async () => {
    const set = patternSet(3, 8, 6, channels);
    const { type, bytes } = (await thumbnail(set, 2))!;
    assertEquals(type, "image/png");
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    assertEquals([info.width, info.height], [6, 8]);
    const size = 8 * 6 * channels;
    const pixels = set.images.slice(2 * size, 3 * size);
    // sharp reads a grey PNG as one channel or as three equal channels.
    const step = info.channels / channels;
    assertEquals(Array.from(pixels), Array.from(data).filter((_, i) => i % step === 0));
  });
}

Deno.test("a large image in memory becomes a PNG of the asked size, with the shape of the image", async () => {
  const { type, bytes } = (await thumbnail(patternSet(1, 200, 100), 0, 50))!;
  const { format, width, height } = await sharp(bytes).metadata();
  assertEquals([type, format, width, height], ["image/png", "png", 25, 50]);
});

Deno.test("a thumbnail is made of an image in a file; a broken file has none", async () => {
  await using folder = await temporaryFolder();
  const files = ["good.png", "broken.png"].map((name) => join(folder.path, name));
  await sharp({ create: { width: 300, height: 150, channels: 3, background: "#c02040" } }).png().toFile(
    files[0],
  );
  await Deno.writeTextFile(files[1], "no image");
  const set = new EncodedImages({
    labels: Uint32Array.of(0, 0),
    height: 8,
    width: 8,
    channels: 3,
    classNames: ["a"],
    files,
    ranges: null,
    shorter: 100,
    maxPixels: 1e6,
    maxBroken: 0,
    cache: null,
  });
  const picture = (await thumbnail(set, 0))!;
  assertEquals(picture.type, "image/jpeg");
  const { data, info } = await sharp(picture.bytes).raw().toBuffer({
    resolveWithObject: true,
  });
  assertEquals([info.width, info.height], [96, 48]);
  [0xc0, 0x20, 0x40].forEach((value, c) => assert(Math.abs(data[c] - value) < 6, `channel ${c}: ${data[c]}`));
  assertEquals(await thumbnail(set, 1), null);
  await assertRejects(() => thumbnail(set, 2), RangeError, "current index is 2");
});

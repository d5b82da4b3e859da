import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import sharp from "sharp";
import { inChannels } from "../../../data/augment/channels.ts";
import { EncodedImages, hash32, Loader } from "../../../data/mod.ts";
import { plainImage, thumbnail } from "../../../data/single/mod.ts";

const noise = (length: number, key: number) => Uint8Array.from({ length }, (_, i) => hash32(key, i) % 256);

Deno.test("a single image has the pixels that a Loader delivers, in colour and grey", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const sizes = [[30, 20], [16, 16], [9, 40]] as const;
    const files = await Promise.all(sizes.map(async ([width, height], i) => {
      const raw = { width, height, channels: 3 } as const;
      const file = `${folder}/${i}.png`;
      await Deno.writeFile(file, await sharp(noise(width * height * 3, i), { raw }).png().toBuffer());
      return file;
    }));
    for (const [channels, shorter] of [[3, 18], [1, 18], [3, null], [1, null]] as const) {
      const form = { shorter, height: 16, width: 14, channels, maxPixels: 1e6 };
      const labels = new Uint32Array(new SharedArrayBuffer(12));
      const set = new EncodedImages({
        ...form,
        files,
        labels,
        classNames: ["a"],
        ranges: null,
        maxBroken: 0,
        cache: null,
      });
      using loader = new Loader(set, { batch: 3, workers: 0 });
      const { value } = await loader.batches(Uint32Array.of(0, 1, 2), 0).next();
      const size = 16 * 14 * channels;
      for (const [i, file] of files.entries()) {
        const delivered = value!.images.slice(i * size, (i + 1) * size);
        const single = new Uint8Array(size);
        await plainImage(Deno.readFileSync(file), form, single);
        assertEquals(single, delivered);
        const [width, height] = sizes[i];
        await plainImage({ width, height, channels: 3, data: noise(width * height * 3, i) }, form, single);
        assertEquals(single, delivered);
      }
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("channels become grey by PIL's luma, or repeat, and alpha is dropped", () => {
  const of = (
    channels: number,
    to: number,
    ...data: number[]
  ) => [
    ...inChannels({ data: Uint8Array.from(data), height: 1, width: data.length / channels, channels }, to)
      .data,
  ];
  assertEquals(of(3, 1, 255, 0, 0, 10, 200, 30, 7, 7, 7), [76, 124, 7]);
  assertEquals(of(4, 3, 1, 2, 3, 99), [1, 2, 3]);
  assertEquals(of(2, 3, 5, 99), [5, 5, 5]);
  assertEquals(of(2, 1, 5, 99), [5]);
  assertEquals(of(1, 3, 5, 6), [5, 5, 5, 6, 6, 6]);
  assertThrows(() => of(3, 2, 1, 2, 3), RangeError, "current are 3 for 2");
});

Deno.test("a thumbnail is whole and upright, and small images keep every pixel", async () => {
  const raw = { width: 30, height: 10, channels: 3 } as const;
  const data = noise(900, 1);
  const turned = await sharp(data, { raw }).withMetadata({ orientation: 6 }).png().toBuffer();
  const small = await sharp(await thumbnail(turned, 15, 1e6)).metadata();
  assertEquals([small.format, small.width, small.height], ["webp", 5, 15]);
  const png = await sharp(data, { raw }).png().toBuffer();
  const kept = await sharp(await thumbnail(png, 160, 1e6)).raw().toBuffer();
  assertEquals(Uint8Array.from(kept), data);
});

Deno.test("pixels that do not fill their sizes, and strips that would become too large, are refused", async () => {
  const form = { shorter: 10, height: 8, width: 8, channels: 3, maxPixels: 1000 } as const;
  const take = (width: number, height: number, channels: number, length: number) =>
    plainImage({ width, height, channels, data: new Uint8Array(length) }, form, new Uint8Array(8 * 8 * 3));
  for (const sizes of [[2, 2, 3, 11], [2, 2, 5, 20], [0, 2, 3, 0], [1.5, 2, 1, 3], [2, -2, 3, -12]]) {
    const [width, height, channels, length] = sizes;
    await assertRejects(
      () => take(width, height, channels, Math.max(0, length)),
      RangeError,
      `current are ${Math.max(0, length)} values for ${width} x ${height} x ${channels}`,
    );
  }
  await take(10, 100, 1, 1000);
  await assertRejects(
    () => take(10, 101, 1, 1010),
    RangeError,
    "1000 pixels at most, current ones would be 10 x 101",
  );
});

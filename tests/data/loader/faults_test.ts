// What a Loader makes of files that are of no use, and how it ends while its Workers decode.
import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import {
  type BrokenImage,
  BrokenImagesError,
  EncodedImages,
  type ImageFields,
  Loader,
} from "../../../data/mod.ts";
import { openCache } from "../../../data/decode/mod.ts";
import { writePack } from "../../../data/containers/pack.ts";
import fixture from "../../fixtures/data/decode.json" with { type: "json" };
import { ascending, temporaryFolder } from "../helpers.ts";

const [SIZE, TEXT, NOTHING] = [8, new TextEncoder().encode("no image"), new Uint8Array()];
const IMAGES = fixture.cases.slice(0, 6).map(({ file }) => Uint8Array.fromBase64(file));

/** What is broken in the set below: image 1, 4, 6 and 7 of eight. */
const MIXED = [
  IMAGES[0],
  TEXT,
  ...IMAGES.slice(1, 3),
  NOTHING,
  IMAGES[3],
  IMAGES[4].subarray(0, 400),
  NOTHING,
];
const CAUSES = new Map([
  [
    1,
    "Cannot decode an image: it takes JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM, PGM or PBM, current 8 bytes are text",
  ],
  [
    4,
    "Cannot decode an image: it takes JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM, PGM or PBM, current file is empty",
  ],
  [
    6,
    "Cannot decode an image: it takes a whole file, current 400 bytes of a JPEG file are cut off or damaged",
  ],
  [7, "Is a directory (os error 21)"],
]);

function setOf(files: string[], others: Partial<ImageFields<EncodedImages>> = {}): EncodedImages {
  const labels = new Uint32Array(new SharedArrayBuffer(4 * files.length));
  const size = { height: SIZE, width: SIZE, channels: 3, shorter: 10 };
  const limits = { maxPixels: 1e8, maxBroken: 0, cache: null };
  const classNames = ["only"];
  return new EncodedImages({ files, ranges: null, labels, classNames, ...size, ...limits, ...others });
}

/** The mixed images as files; the last is a folder. */
async function mixedFiles(folder: string): Promise<string[]> {
  const files = MIXED.map((_, i) => `${folder}/${i}.jpg`);
  for (const [i, bytes] of MIXED.slice(0, -1).entries()) await Deno.writeFile(files[i], bytes);
  await Deno.mkdir(files.at(-1)!);
  return files;
}

/** The pixels of all images of some passes, and what was told of. */
async function load(set: ImageFields<EncodedImages>, workers: number, { batch = 3, passes = 1 } = {}) {
  const told: BrokenImage[] = [];
  const onBroken = (image: BrokenImage) => void told.push(image);
  await using loader = new Loader(set, { batch, workers, augment: null, seed: 0, onBroken });
  const images: number[][] = [];
  for (let pass = 0; pass < passes; pass++) {
    for await (const { images: filled, count } of loader.batches(ascending(set.count), 0)) {
      for (let i = 0; i < count; i++) {
        images.push(Array.from(filled.subarray(i * SIZE * SIZE * 3, (i + 1) * SIZE * SIZE * 3)));
      }
    }
  }
  return { images, told: told.sort((a, b) => a.index - b.index) };
}

Deno.test("Loader tells each broken file once, by path and cause, and gives black for it, with any Workers", async () => {
  await using folder = await temporaryFolder();
  const files = await mixedFiles(folder.path);
  const set = setOf(files, { maxBroken: CAUSES.size });
  const inline = await load(set, 0, { passes: 2 });
  assertEquals(inline.told.map(({ index }) => index), [...CAUSES.keys()]);
  for (const { index, path, cause } of inline.told) {
    assertEquals([path, cause.slice(0, CAUSES.get(index)!.length)], [files[index], CAUSES.get(index)]);
  }
  inline.images.forEach((image, i) => {
    assertEquals(image.every((value) => value === 0), CAUSES.has(i % files.length), `image ${i}`);
  });
  for (const workers of [1, 2]) assertEquals(await load(set, workers, { passes: 2 }), inline);
});

Deno.test("Loader counts broken images over all Workers, each once, and stops when there are too many", async () => {
  await using folder = await temporaryFolder();
  const files = await mixedFiles(folder.path);
  for (const workers of [0, 1, 2]) {
    for (const batch of [1, 3]) {
      const set = setOf(files, { maxBroken: CAUSES.size - 1 });
      const { images, message } = await assertRejects(() => load(set, workers, { batch }), BrokenImagesError);
      assertEquals(images.map(({ index }) => index).sort(), [...CAUSES.keys()]);
      assertEquals(message.includes("at most 3 broken ones (data.maxBroken), current are 4 so far"), true);
    }
    // The same image four times is one that is broken.
    using loader = new Loader(setOf(files, { maxBroken: 1 }), { batch: 2, workers, augment: null, seed: 0 });
    let count = 0;
    for await (const batch of loader.batches(Uint32Array.of(1, 1, 0, 1, 1), 0)) count += batch.count;
    assertEquals(count, 5);
    assertEquals(loader.broken.map(({ index }) => index), [1]);
    for (const order of [[1], [], [1], [0]]) {
      for await (const _ of loader.batches(Uint32Array.from(order), 0));
      assertEquals(loader.broken.map(({ index }) => index), order.filter((index) => index === 1));
    }
  }
});

Deno.test("Loader reads the images of a pack, and tells which of them is broken", async () => {
  await using folder = await temporaryFolder();
  const images = MIXED.slice(0, -1);
  const labels = new Uint32Array(images.length);
  const parts = async function* () {
    yield images.slice(0, 3);
    yield images.slice(3);
  };
  const key = new Uint8Array(32);
  const { files, ranges } = await writePack(`${folder.path}/train`, key, {
    labels,
    parts,
    changed: new Date(),
  });
  const pack = setOf([...files], { ranges: ranges ?? null, maxBroken: 3 });
  const alone = await load(setOf((await mixedFiles(folder.path)).slice(0, -1), { maxBroken: 3 }), 0);
  for (const workers of [0, 2]) {
    const { told, ...found } = await load(pack, workers);
    assertEquals(found.images, alone.images);
    assertEquals(
      told.map(({ path }) => path),
      [1, 4, 6].map((number) => `${folder.path}/train.pack, image ${number}`),
    );
  }
  await Deno.remove(`${folder.path}/train.index`);
  const { told: [{ path }] } = await load(pack, 0);
  assertEquals(path, `${folder.path}/train.pack, at byte ${IMAGES[0].length}`);
  await Deno.truncate(`${folder.path}/train.pack`, IMAGES[0].length + 3);
  const { told } = await load({ ...pack, maxBroken: 6 }, 0);
  assertEquals(told[0].cause, "its file ends 5 bytes early");
});

Deno.test("Loader names the file of an image that is too small for a crop", async () => {
  await using folder = await temporaryFolder();
  const set = setOf(await mixedFiles(folder.path), { shorter: null, height: 64, width: 64, maxBroken: 4 });
  for (const workers of [0, 1]) {
    using loader = new Loader(set, { batch: 1, workers, augment: { pad: 1, flip: false }, seed: 0 });
    await assertRejects(
      () => loader.batches(Uint32Array.of(0), 0).next(),
      RangeError,
      `Cannot crop 64 x 64 pixels: it takes an image of that size or more, with 1 pixels added on each side, current image has 21 x 15: ${
        set.files[0]
      }`,
    );
  }
});

Deno.test("Loader can be left and disposed of while Workers decode, and the process lives on", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/large.jpg`;
  const raw = { height: 1500, width: 2000, channels: 3 } as const;
  const noise = new Uint8Array(raw.height * raw.width * 3).map((_, i) => Math.imul(i, 2654435761) >>> 24);
  const image = await sharp(noise, { raw }).jpeg().toBuffer();
  const files = Array.from({ length: 60 }, () => path);
  // Each has another number of bytes behind the image's end: so they are sixty to a cache, which counts the decoded ones.
  const padded = new Uint8Array(image.length + files.length);
  padded.set(image);
  await Deno.writeFile(path, padded);
  const ranges = Float64Array.from(files.flatMap((_, i) => [0, image.length + i]));
  for (let again = 0; again < 4; again++) {
    const cache = await openCache(`${folder.path}/cache ${again}`, 2 ** 20);
    const set = setOf(files, { ranges, cache });
    const loader = new Loader(set, { batch: 3, workers: 2, augment: null, seed: 0 });
    const batches = loader.batches(ascending(set.count), 0);
    await batches.next();
    if (again % 2 === 0) {
      const rest = assertRejects(
        async () => {
          for await (const _ of batches);
        },
        Error,
        "disposed of",
      );
      await loader[Symbol.asyncDispose]();
      await rest;
    } else {
      await batches.return();
      // One batch was taken, and three more have places: no others are decoded, and none from now on.
      const [decoded] = cache.used;
      assert(decoded >= 3 && decoded <= 4 * 3, `${decoded} of the sixty`);
      await loader[Symbol.asyncDispose]();
      assertEquals(cache.used[0], decoded);
    }
  }
});

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { openCache } from "../../../data/decode/mod.ts";
import {
  type Augment,
  BrokenImagesError,
  EncodedImages,
  type ImageFields,
  Loader,
} from "../../../data/mod.ts";
import fixture from "../../fixtures/data/decode.json" with { type: "json" };
import { ascending, temporaryFolder } from "../helpers.ts";

/** The fixture's files as a set that delivers 8 x 8. */
async function filesIn(folder: string): Promise<EncodedImages> {
  const files = fixture.cases.map((_, i) => `${folder}/${i}`);
  for (const [i, { file }] of fixture.cases.entries()) {
    await Deno.writeFile(files[i], Uint8Array.fromBase64(file));
  }
  const labels = new Uint32Array(new SharedArrayBuffer(4 * files.length));
  const limits = { shorter: 10, maxPixels: 1000, maxBroken: 0, cache: null };
  const classNames = ["only"];
  return new EncodedImages({
    files,
    ranges: null,
    labels,
    classNames,
    height: 8,
    width: 8,
    channels: 3,
    ...limits,
  });
}

/** All images of the set. */
async function load(
  set: ImageFields<EncodedImages>,
  workers: number,
  augment: Augment | null,
  view = 0,
): Promise<number[][]> {
  using loader = new Loader(set, { batch: 5, workers, augment, seed: 3 });
  const images: number[][] = [];
  for await (const batch of loader.batches(ascending(set.count), view)) {
    for (let i = 0; i < batch.count; i++) {
      images.push(Array.from(batch.images.subarray(i * 192, (i + 1) * 192)));
    }
  }
  return images;
}

Deno.test("Loader evaluates files of every kind with the pixels of torchvision", async () => {
  await using folder = await temporaryFolder();
  const images = await load(await filesIn(folder.path), 0, null);
  fixture.cases.forEach(({ name, evaluated }, i) => {
    const expected = Uint8Array.fromBase64(evaluated);
    const worst = images[i].reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at])), 0);
    assert(worst <= (/JPEG|lossy/.test(name) ? 1 : 0), `${name}: a value is ${worst} away`);
  });
});

Deno.test("Loader makes the same crops and colours of files with 0 and 2 Workers, others in another view", async () => {
  await using folder = await temporaryFolder();
  const set = await filesIn(folder.path);
  const jitter = { brightness: .4, contrast: .4, saturation: .4, hue: 0 };
  for (const policy of ["crop-flip", "resized-crop"] as const) {
    const augment = { policy, pad: 0, flip: true, jitter };
    const images = await load(set, 0, augment);
    assertEquals(await load(set, 2, augment), images);
    assertNotEquals(await load(set, 0, augment, 1), images);
  }
});

Deno.test("Loader takes images that were decoded once out of the cache, the same pixels, with any Workers", async () => {
  await using folder = await temporaryFolder();
  const plain = await filesIn(folder.path);
  const augment = { pad: 0, flip: true };
  const expected = await load(plain, 0, augment);
  const set = { ...plain, cache: await openCache(`${folder.path}/cache`, 2 ** 20) };
  assertEquals(await load(set, 2, augment), expected);
  assert(set.cache.used[0] > 0);
  // Of the same size and date, and no images any more: only the cache still has the pixels.
  for (const file of set.files) {
    const { size, mtime } = await Deno.stat(file);
    await Deno.writeFile(file, new Uint8Array(size));
    await Deno.utime(file, mtime!, mtime!);
  }
  for (const workers of [0, 2]) assertEquals(await load(set, workers, augment), expected);
  await assertRejects(() => load(plain, 0, augment), BrokenImagesError);
});

Deno.test("Loader tells once how many images of the cache were damaged, and gives the same pixels, with any Workers", async () => {
  await using folder = await temporaryFolder();
  const plain = await filesIn(folder.path);
  const cache = await openCache(`${folder.path}/cache`, 2 ** 20);
  const set = { ...plain, cache };
  const expected = await load(set, 0, null);
  const kept = [...Deno.readDirSync(cache.folder)].flatMap(({ name }) =>
    [...Deno.readDirSync(`${cache.folder}/${name}`)].map((file) => `${cache.folder}/${name}/${file.name}`)
  );
  for (const workers of [0, 2]) {
    for (const file of kept.slice(0, 2)) {
      const bytes = await Deno.readFile(file);
      bytes[bytes.length - 1] ^= 1;
      await Deno.writeFile(file, bytes);
    }
    const told: [number, string][] = [];
    for (let pass = 0; pass < 2; pass++) {
      const onDamaged = (count: number, folder: string) => told.push([count, folder]);
      using loader = new Loader(set, { batch: 3, workers, onDamaged });
      const images: number[] = [];
      for await (const batch of loader.batches(Uint32Array.from(set.labels.keys()), 0)) {
        images.push(...batch.images);
      }
      assert(images.length > 0);
    }
    assertEquals(told, [[2, cache.folder]], `${workers} Workers`);
    assertEquals(await load(set, workers, null), expected);
  }
});

Deno.test("Loader stretches parts of the file's own image where asked, and keeps none of those", async () => {
  await using folder = await temporaryFolder();
  const plain = await filesIn(folder.path);
  const set = { ...plain, cache: await openCache(`${folder.path}/cache`, 2 ** 20) };
  const augment = { policy: "resized-crop", pad: 0, flip: false } as const;
  assertNotEquals(await load(plain, 0, { ...augment, whole: true }), await load(plain, 0, augment));
  assertEquals(
    await load(set, 1, { ...augment, whole: true }),
    await load(plain, 0, { ...augment, whole: true }),
  );
  assertEquals(set.cache.used[0], 0);
});

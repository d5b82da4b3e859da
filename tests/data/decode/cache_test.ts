import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Pixels } from "../../../data/augment/pixels.ts";
import { cached, type CachedImage, type ImageCache, openCache } from "../../../data/decode/mod.ts";
import { temporaryFolder } from "../helpers.ts";
import { imageOf } from "./cached_images.ts";

/** A folder for the cache and files that stand for sources. */
async function sources(count: number) {
  const folder = await temporaryFolder();
  const paths = Array.from({ length: count }, (_, i) => `${folder.path}/${i}.jpg`);
  for (const path of paths) await Deno.writeTextFile(path, "source");
  return {
    paths,
    folder: `${folder.path}/cache`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** An image out of the cache and whether it was decoded. */
async function take(
  cache: ImageCache,
  image: Partial<CachedImage> & { path: string },
  number: number,
): Promise<{ pixels: Pixels; isDecoded: boolean }> {
  let isDecoded = false;
  const pixels = await cached(cache, { range: null, shorter: 8, maxPixels: 1e8, ...image }, () => {
    isDecoded = true;
    return Promise.resolve(imageOf(number));
  });
  assertEquals({ ...pixels, data: Array.from(pixels.data) }, {
    ...imageOf(number),
    data: Array.from(imageOf(number).data),
  });
  return { pixels, isDecoded };
}

/** The files of a cache. */
function filesOf(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
    .flatMap((part) => Array.from(Deno.readDirSync(part), ({ name }) => `${part}/${name}`)).sort();
}

Deno.test("cached decodes an image once, for all who open the folder", async () => {
  await using place = await sources(2);
  const [path, other] = place.paths;
  const cache = await openCache(place.folder, 1e6);
  assertEquals((await take(cache, { path }, 1)).isDecoded, true);
  assertEquals((await take(cache, { path }, 1)).isDecoded, false);
  assertEquals((await take(await openCache(place.folder, 1e6), { path }, 1)).isDecoded, false);
  // Others than that one: file, part of the file, size, bound.
  assertEquals((await take(cache, { path: other }, 2)).isDecoded, true);
  assertEquals((await take(cache, { path, range: [0, 3] }, 3)).isDecoded, true);
  assertEquals((await take(cache, { path, range: [3, 3] }, 4)).isDecoded, true);
  assertEquals((await take(cache, { path, shorter: null }, 5)).isDecoded, true);
  assertEquals((await take(cache, { path, maxPixels: 60 }, 6)).isDecoded, true);
  assertEquals((await take(cache, { path }, 1)).isDecoded, false);
});

Deno.test("cached decodes anew when the source has another size or date, and replaces the image", async () => {
  await using place = await sources(1);
  const [path] = place.paths;
  const cache = await openCache(place.folder, 1e6);
  await take(cache, { path }, 1);
  const used = cache.used[0];
  await Deno.utime(path, 1_000_000, 1_000_000);
  assertEquals((await take(cache, { path }, 4)).isDecoded, true);
  assertEquals((await take(cache, { path }, 4)).isDecoded, false);
  await Deno.writeTextFile(path, "another");
  await Deno.utime(path, 1_000_000, 1_000_000);
  assertEquals((await take(cache, { path }, 7)).isDecoded, true);
  assertEquals([cache.used[0], filesOf(place.folder).length], [used, 1]);
  assertEquals(cache.damaged[0], 0); // they were of another source
});

Deno.test("cached decodes anew what is damaged, wherever it is", async () => {
  await using place = await sources(1);
  const [path] = place.paths;
  const cache = await openCache(place.folder, 1e6);
  await take(cache, { path }, 1);
  const [file] = filesOf(place.folder);
  const whole = await Deno.readFile(file);
  const damages = [
    new Uint8Array(),
    whole.subarray(0, 20),
    whole.subarray(0, whole.length - 1),
    Uint8Array.of(...whole, 0),
    ...[0, 5, 9, 13, 17, 25, 32, whole.length - 1].map((at) =>
      whole.map((byte, i) => i === at ? byte ^ 16 : byte)
    ),
    whole.fill(0, 40), // as after a power cut
  ];
  for (const [i, damaged] of damages.entries()) {
    await Deno.writeFile(file, damaged);
    assertEquals((await take(cache, { path }, 1)).isDecoded, true);
    assertEquals((await take(cache, { path }, 1)).isDecoded, false);
    assertEquals(cache.damaged[0], i + 1);
  }
});

Deno.test("a cache takes images in until its bound and no longer, over runs too", async () => {
  await using place = await sources(6);
  const cache = await openCache(place.folder, 3 * 1024 + 1000); // an image is below a KiB, which is counted whole
  for (const [i, path] of place.paths.entries()) await take(cache, { path }, i);
  assertEquals(filesOf(place.folder).length, 3);
  const again = await openCache(place.folder, 4 * 1024);
  const decoded = [];
  for (const [i, path] of place.paths.entries()) decoded.push((await take(again, { path }, i)).isDecoded);
  assertEquals(decoded, [false, false, false, true, true, true]);
  assertEquals(filesOf(place.folder).length, 4);
  const none = await openCache(`${place.folder}/none`, 0);
  await take(none, { path: place.paths[0] }, 0);
  assertEquals(filesOf(none.folder).length, 0);
  for (const bound of [-1, NaN, 2 ** 41]) {
    await assertRejects(() => openCache(place.folder, bound), RangeError, "bound");
  }
});

Deno.test("a cache that cannot be written any more decodes, and writers that were killed leave nothing for long", async () => {
  await using place = await sources(1);
  const [path] = place.paths;
  const cache = await openCache(place.folder, 1e6);
  await take(cache, { path }, 1);
  const [file] = filesOf(place.folder);
  const part = file.slice(0, file.lastIndexOf("/"));
  const [old, young] = [`${file}.old.tmp`, `${file}.young.tmp`];
  for (const name of [old, young]) await Deno.writeTextFile(name, "part of an image");
  await Deno.utime(old, 1_000_000, 1_000_000);
  await openCache(place.folder, 1e6);
  assertEquals(filesOf(place.folder), [file, young]);
  await Deno.remove(part, { recursive: true });
  await Deno.writeTextFile(part, "no folder");
  for (let i = 0; i < 2; i++) assertEquals((await take(cache, { path }, 1)).isDecoded, true);
  assertEquals(cache.used[0], cache.limit);
});

Deno.test("Workers and runs share a cache without harm", async () => {
  await using place = await sources(40);
  const caches = [await openCache(place.folder, 20 * 1024), await openCache(place.folder, 20 * 1024)];
  const workers = [0, 0, 0, 1].map((run) => {
    const worker = new Worker(new URL("cache_worker.ts", import.meta.url), { type: "module" });
    const answer = new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
    worker.postMessage({ cache: caches[run], paths: place.paths });
    return { worker, answer };
  });
  for (const { worker, answer } of workers) {
    assertEquals(await answer, true);
    worker.terminate();
  }
  const files = filesOf(place.folder);
  assert(files.length >= 20 && files.length <= 40, `${files.length} files for a bound of 20, twice`);
  assert(files.every((file) => file.endsWith(".image")), "a file is left half written");
});

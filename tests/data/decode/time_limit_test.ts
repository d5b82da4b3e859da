// Decoders that do not come to an end: the image is refused, and all else goes on.
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { viewRecipes } from "../../../data/augment/recipe.ts";
import { abandonedDecodes, decodeImage, ImageError, withinTime } from "../../../data/decode/mod.ts";
import { EncodedImages, Loader, newImageSet } from "../../../data/mod.ts";
import { imageReader } from "../../../data/loader/image_reader.ts";
import { WorkerPool } from "../../../data/loader/worker_pool.ts";
import fixture from "../../fixtures/data/decode.json" with { type: "json" };
import { ascending, temporaryFolder } from "../helpers.ts";
import { tiff } from "./formats/tiff_file.ts";

const OWN_SIZE = { shorter: null, maxPixels: 1e6 };
const CIELAB = 8;

Deno.test("decodeImage decodes a CIELAB TIFF, which the library does not end with where it takes alpha off", async () => {
  // L, a and b of PIL's LAB images, and its RGB of them; the first is out of sRGB's range and clipped in another way.
  const cases = [
    { lab: [185, 205, 36], rgb: [73, 201, 107] },
    { lab: [220, 208, 66], rgb: [146, 239, 75] },
    { lab: [227, 199, 61], rgb: [126, 250, 95] },
  ];
  for (const { lab, rgb } of cases) {
    const { data, ...size } = await decodeImage(tiff(CIELAB, [3, 2], lab), OWN_SIZE);
    assertEquals(size, { height: 2, width: 3, channels: 3 });
    assertEquals(data.length, 18);
    data.forEach((value, i) => assert(Math.abs(value - rgb[i % 3]) <= 4, `${lab}: ${data}`));
  }
});

Deno.test("decodeImage refuses CIELAB that is not three channels of 8 bits", async () => {
  for (const file of [tiff(CIELAB, [3, 2], [185, 205, 36, 255]), tiff(CIELAB, [3, 2], [1, 2, 3], 16)]) {
    const { message } = await assertRejects(() => decodeImage(file, OWN_SIZE), ImageError);
    assertMatch(message, /takes CIELAB in 8 bits without alpha, current TIFF file has more: convert it/);
  }
});

Deno.test("a decode that does not end is given up, refused by path, and other images are decoded", async () => {
  await using folder = await temporaryFolder();
  const files = ["good.jpg", "hangs.jpg"].map((name) => `${folder.path}/${name}`);
  const good = Uint8Array.fromBase64(fixture.cases[0].file);
  await Deno.writeFile(files[0], good);
  await Deno.writeFile(files[1], new Uint8Array([1, 2, 3]));
  const { labels, classNames } = newImageSet(2, 1, 1, 3, ["only"]);
  const limits = { shorter: null, maxPixels: 1e6, maxBroken: 1, cache: null };
  const size = { height: 8, width: 8, channels: 3 };
  const set = new EncodedImages({ files, ranges: null, labels, classNames, ...size, ...limits });
  const hanging = Promise.withResolvers<never>();
  const read = imageReader(
    set,
    false,
    (bytes, options) =>
      bytes.length === 3 ? withinTime(hanging.promise, "3 bytes", 0.01) : decodeImage(bytes, options),
  );
  const [broken, image] = await Promise.all([read(1), read(0)]);
  assertEquals(image, await decodeImage(good, OWN_SIZE));
  assertEquals(broken, {
    index: 1,
    path: files[1],
    cause:
      "Cannot decode an image: it takes 0.01 seconds at most, current 3 bytes are not done by then: the " +
      "decoder hangs or crawls at this file, convert it to PNG or leave it out",
  });
  assert(abandonedDecodes() !== null);
  hanging.reject(new Error("too late to be of interest"));
  await abandonedDecodes();
  assertEquals(abandonedDecodes(), null);
});

Deno.test("a decode that ends in time is what it comes to, whatever the limit", async () => {
  assertEquals(await withinTime(Promise.resolve(3), "nothing"), 3);
  await assertRejects(
    () => withinTime(Promise.reject(new TypeError("its own")), "nothing"),
    TypeError,
    "its own",
  );
  assertEquals(abandonedDecodes(), null);
});

Deno.test("a Worker whose decoder was given up is not ended before the decoder is, as that would end the process", async () => {
  const set = newImageSet(2, 1, 1, 3, ["only"]);
  const pool = new WorkerPool(
    { set, batch: 1, views: viewRecipes(null, 3), seed: 0 },
    1,
    new URL("./abandoned_worker.ts", import.meta.url),
  );
  const stored = async (i: number) => {
    const begun = performance.now();
    while (set.labels[i] === 0 && performance.now() - begun < 60_000) {
      await new Promise((r) => setTimeout(r, 20));
    }
    assertEquals(set.labels[i], 1);
  };
  await stored(0); // it is given up
  pool.start(ascending(2), 0);
  await pool.take(0);
  await pool.stop();
  pool.dispose();
  await stored(1); // it has ended
});

Deno.test({
  name: "Loader ends an order soon after the run is to stop, also while an image does not come",
  ignore: Deno.build.os === "windows", // it has no such files
  async fn() {
    await using folder = await temporaryFolder();
    for (const workers of [0, 1]) {
      const pipe = `${folder.path}/hangs-${workers}.jpg`;
      assertEquals((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
      // Whoever reads it waits for something to be written.
      const held = await Deno.open(pipe, { read: true, write: true });
      const { labels, classNames } = newImageSet(2, 1, 1, 3, ["only"]);
      const limits = { shorter: null, maxPixels: 1e6, maxBroken: 2, cache: null };
      const size = { height: 8, width: 8, channels: 3 };
      const files = [pipe, pipe];
      const set = new EncodedImages({ files, ranges: null, labels, classNames, ...size, ...limits });
      const control = new AbortController();
      const { signal } = control;
      await using loader = new Loader(set, { batch: 1, workers, augment: null, seed: 0, signal });
      const order = loader.batches(ascending(2), 0);
      const first = order.next();
      control.abort();
      assertEquals(await first, { done: true, value: undefined });
      // Readers find it empty now; a Worker that is only about to read finds no file.
      await Deno.remove(pipe);
      held.close();
    }
  },
});

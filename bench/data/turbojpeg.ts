// Measures whether `data.decoder: turbojpeg` pays: a Loader decodes JPEGs, resizes the shorter side to 256 and cuts out 224,
// by sharp and by libturbojpeg in turns. Medians of the processor's time of all threads, and of the time by the clock.
//
//   deno run -A bench/data/turbojpeg.ts [images [rounds]]

import process from "node:process";
import sharp from "sharp";
import { EncodedImages, Loader } from "../../data/mod.ts";
import { jpegLibrary } from "../../train/machine/jpeg_library.ts";
import { photo } from "./photos.ts";

const [images, rounds] = [Number(Deno.args[0] ?? 256), Number(Deno.args[1] ?? 5)];
const library = await jpegLibrary("turbojpeg", null);
/** Number of different pictures: drawing them takes long. */
const KINDS = 16;
const folder = await Deno.makeTempDir();
const order = Uint32Array.from({ length: images }, (_, i) => i);

for (const [height, width] of [[375, 500], [1200, 1600]]) {
  const files: string[] = [];
  const raw = { width, height, channels: 3 } as const;
  const kinds = Array.from({ length: KINDS }, (_, i) => photo(i, height, width));
  const encoded = await Promise.all(
    kinds.map((pixels) => sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer()),
  );
  for (const i of order) {
    files.push(`${folder}/${width}-${i}.jpg`);
    Deno.writeFileSync(files[i], encoded[i % KINDS]);
  }
  const set = new EncodedImages({
    ...{ files, ranges: null, classNames: ["photo"], height: 224, width: 224, channels: 3, shorter: 256 },
    ...{ maxPixels: 1e8, maxBroken: 0, cache: null },
    labels: new Uint32Array(new SharedArrayBuffer(4 * images)),
  });
  for (const workers of [1, 2]) {
    const options = { batch: 32, workers, augment: { pad: 0, flip: true } };
    using ours = new Loader(set, options);
    using theirs = new Loader(new EncodedImages({ ...set, jpegLibrary: library }), options);
    const times = { sharp: [] as Pass[], turbojpeg: [] as Pass[] };
    for (let round = 0; round <= rounds; round++) {
      const passes = { sharp: await pass(ours), turbojpeg: await pass(theirs) };
      if (passes.sharp.digest !== passes.turbojpeg.digest) throw new Error("the pixels differ");
      if (round === 0) continue; // starts Workers, compiles code, brings files into memory
      for (const name of ["sharp", "turbojpeg"] as const) times[name].push(passes[name]);
    }
    for (const [name, passes] of Object.entries(times)) {
      const [processor, clock] = [median(passes.map((p) => p.processor)), median(passes.map((p) => p.clock))];
      console.log(
        `${width}x${height}, ${workers} Worker(s), ${name}: ${
          (processor / images).toFixed(2)
        } ms of processor an image, ` +
          `${(1000 * images / clock).toFixed(0)} images/s`,
      );
    }
  }
}
await Deno.remove(folder, { recursive: true });

/** Milliseconds of a pass over all images, and a sum of all its pixels. */
interface Pass {
  processor: number;
  clock: number;
  digest: number;
}

async function pass(loader: Loader): Promise<Pass> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const batches: Uint8Array[] = [];
  for await (const { images } of loader.batches(order, 1)) batches.push(images.slice());
  const { user, system } = process.cpuUsage(before);
  const clock = performance.now() - start;
  const digest = batches.reduce((sum, batch) => batch.reduce((sum, v) => (31 * sum + v) | 0, sum), 0);
  return { processor: (user + system) / 1000, clock, digest };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

// Measures the images a second that one thread makes with each augmentation: 32 x 32 RGB, batches of 128.
//
//   deno task bench bench/data/loader_bench.ts
//
// An iteration is an epoch of 4,096 images. The bench's own thread does the work of a Worker, so that the bench
// needs no permission; each Worker adds as much on a core of its own. PaCo makes pairs of views.

import { type Augment, Loader, newImageSet } from "../../data/mod.ts";

const COUNT = 4096;
const order = Uint32Array.from({ length: COUNT }, (_, i) => i);

// Waves of colour with some noise, so that no operation meets a flat image.
const set = newImageSet(COUNT, 32, 32, 3, ["only"]);
set.images.forEach((_, i) => {
  const image = Math.floor(i / 3072), place = i % 3072;
  const wave = Math.sin(image + place % 3 + place / 500) * Math.cos(image + Math.floor(place / 3) % 32 / 6);
  set.images[i] = 128 + 100 * wave + i * 7919 % 27;
});

const cases: [string, Augment | null][] = [
  ["none", null],
  ["crop-flip", { pad: 4, flip: true }],
  ["autoaugment, cutout 16", { policy: "autoaugment", pad: 4, flip: true, cutout: 16 }],
  ["simclr", { policy: "simclr", pad: 4, flip: true }],
  ["paco, cutout 16", { policy: "paco", pad: 4, flip: true, cutout: 16 }],
];
const best = new Map<string, number>();

for (const [name, augment] of cases) {
  Deno.bench({
    name,
    n: 5,
    warmup: 1,
    fn: async (timer) => {
      using loader = new Loader(set, { batch: 128, workers: 0, augment, seed: 0 });
      const start = performance.now();
      timer.start();
      for await (const _ of loader.batches(order, 1));
      timer.end();
      const rate = COUNT / (performance.now() - start) * 1000;
      best.set(name, Math.max(rate, best.get(name) ?? 0));
    },
  });
}

globalThis.addEventListener("unload", () => {
  const rows = [...best].map(([name, rate]) => `${name.padEnd(24)} ${Math.round(rate).toLocaleString("en")}`);
  console.log(`\nimages/s, one thread, best of the runs\n${rows.join("\n")}\n`);
});

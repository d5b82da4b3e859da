import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { epochOrder, type Sampler } from "../../../data/mod.ts";
import { classCounts } from "../../../data/sampling/class_counts.ts";
import { ascending } from "../helpers.ts";

// Class 0 has 300 images, class 1 has 30, class 2 has 3, class 3 none.
const labels = Uint32Array.from({ length: 333 }, (_, i) => i < 300 ? 0 : i < 330 ? 1 : 2);
const order = (sampler: Sampler, seed = 0, epoch = 0): Uint32Array =>
  epochOrder(labels, 4, { sampler, seed, epoch });
const labelsOf = (indices: Uint32Array): Uint32Array => indices.map((i) => labels[i]);

Deno.test("epochOrder depends on seed and epoch alone", () => {
  for (const sampler of ["instance", "class-balanced"] as const) {
    assertEquals(order(sampler, 1, 2), order(sampler, 1, 2));
    assertNotEquals(order(sampler, 1, 2), order(sampler, 2, 1));
    assertNotEquals(order(sampler, 1, 2), order(sampler, 1, 3));
  }
});

Deno.test("epochOrder instance visits every image once, shuffled; sequential as they stand", () => {
  assertEquals(order("instance").toSorted(), ascending(333));
  assertNotEquals(order("instance"), ascending(333));
  assertEquals(order("sequential", 5, 5), ascending(333));
});

Deno.test("epochOrder class-balanced draws classes evenly and leaves absent ones out", () => {
  const counts = new Uint32Array(4);
  const epochs = 30;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const drawn = order("class-balanced", 0, epoch);
    assertEquals(drawn.length, 333);
    classCounts(labelsOf(drawn), 4).forEach((count, c) => counts[c] += count);
  }
  assertEquals(counts[3], 0);
  // Binomial with p = 1/3: 5 standard deviations.
  const n = 333 * epochs;
  for (const count of counts.subarray(0, 3)) {
    assert(Math.abs(count - n / 3) < 5 * Math.sqrt(n * 2 / 9), `${counts}`);
  }
});

Deno.test("epochOrder class-balanced goes through a class before it repeats an image", () => {
  const drawn = order("class-balanced");
  for (const [label, size] of [[1, 30], [2, 3]]) {
    const ofClass = Array.from(drawn).filter((i) => labels[i] === label);
    assert(ofClass.length > 2 * size);
    const round = (r: number): number[] => ofClass.slice(r * size, (r + 1) * size);
    assertEquals([new Set(round(0)).size, new Set(round(1)).size], [size, size]);
    if (label === 1) assertNotEquals(round(0), round(1)); // shuffled again
  }
});

Deno.test("epochOrder class-balanced draws a class of a single image as often as the others", () => {
  const single = Uint32Array.from({ length: 100 }, (_, i) => i === 7 ? 1 : 0);
  const drawn = epochOrder(single, 2, { sampler: "class-balanced", seed: 0, epoch: 0 });
  const count = drawn.filter((i) => i === 7).length;
  assert(Math.abs(count - 50) < 25, `${count}`); // binomial with p = 1/2: 5 standard deviations
});

Deno.test("epochOrder of no images is empty", () => {
  for (const sampler of ["instance", "class-balanced", "sequential"] as const) {
    assertEquals(epochOrder(new Uint32Array(), 4, { sampler, seed: 0, epoch: 0 }).length, 0);
  }
});

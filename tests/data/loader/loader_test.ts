import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { type Augment, type Batch, epochOrder, Loader } from "../../../data/mod.ts";
import { ascending, patternSet } from "../helpers.ts";

const augment: Augment = { pad: 4, flip: true };
const set = patternSet(50);
const imageBytes = set.images.length / set.count;

/** Batches copied, as they may be looked at only until the next one. */
async function collect(loader: Loader, order: Uint32Array, view = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader.batches(order, view)) {
    batches.push({ ...batch, images: batch.images.slice(), images2: batch.images2?.slice() ?? null });
  }
  return batches;
}

async function load(workers: number, order: Uint32Array, view: number, seed = 0): Promise<Batch[]> {
  using loader = new Loader(set, { batch: 8, workers, augment, seed });
  return await collect(loader, order, view);
}

Deno.test("Loader gives the same batches with 0, 1, 2 and 3 Workers", async () => {
  const order = epochOrder(set.labels, 10, { sampler: "instance", seed: 1, epoch: 0 });
  const inline = await load(0, order, 5);
  assertEquals(inline.length, 7);
  for (const workers of [1, 2, 3]) assertEquals(await load(workers, order, 5), inline);
});

Deno.test("Loader gives two views of each batch to a policy of two, the same with any Workers", async () => {
  const order = epochOrder(set.labels, 10, { sampler: "instance", seed: 1, epoch: 0 });
  const paco: Augment = { ...augment, policy: "paco", cutout: 4 };
  const load = async (augment: Augment, workers: number): Promise<Batch[]> => {
    using loader = new Loader(set, { batch: 8, workers, augment, seed: 3 });
    return await collect(loader, order, 2);
  };
  const inline = await load(paco, 0);
  for (const workers of [1, 2, 3]) assertEquals(await load(paco, workers), inline);
  const single = await load({ ...paco, policy: "autoaugment" }, 1);
  assertEquals(inline.map((batch) => ({ ...batch, images2: null })), single);
  assertEquals(inline.map(({ images2 }) => images2?.length), inline.map(({ images }) => images.length));
  const last = inline[6]; // 2 images of 8
  assertNotEquals(last.images2, last.images);
  assert(last.images2!.subarray(0, 2 * imageBytes).some((value) => value > 0));
  assert(last.images2!.subarray(2 * imageBytes).every((value) => value === 0));
});

Deno.test("Loader gives an image the same pixels in any order, and others in another view or seed", async () => {
  const pixels = async (order: Uint32Array, view: number, seed: number): Promise<Map<number, string>> => {
    const batches = await load(0, order, view, seed);
    const found = new Map<number, string>();
    for (const { images, indices, count } of batches) {
      for (let i = 0; i < count; i++) {
        found.set(indices[i], images.subarray(i * imageBytes, (i + 1) * imageBytes).join());
      }
    }
    return new Map([...found].sort(([a], [b]) => a - b));
  };
  const order = ascending(50);
  const straight = await pixels(order, 0, 0);
  assertEquals(await pixels(order.toReversed(), 0, 0), straight);
  assertNotEquals(await pixels(order, 1, 0), straight);
  assertNotEquals(await pixels(order, 0, 1), straight);
});

Deno.test("Loader fills up the last batch with zeros and tells how many images it has", async () => {
  const order = Uint32Array.of(3, 1, 4, 1, 5, 9, 2, 6, 8, 7); // 1 twice
  for (const workers of [0, 1]) {
    using loader = new Loader(set, { batch: 4, workers, augment: null, seed: 0 });
    for (let again = 0; again < 2; again++) { // slots hold older images by then
      const batches = await collect(loader, order);
      assertEquals(batches.map(({ count }) => count), [4, 4, 2]);
      assertEquals(batches.map(({ images }) => images.length), [4, 4, 4].map((n) => n * imageBytes));
      const last = batches[2];
      assertEquals([Array.from(last.indices), Array.from(last.labels)], [[8, 7, 0, 0], [8, 7, 0, 0]]);
      assertEquals(
        last.images.subarray(0, imageBytes),
        set.images.subarray(8 * imageBytes, 9 * imageBytes).slice(),
      );
      assert(last.images.subarray(2 * imageBytes).every((value) => value === 0));
    }
  }
});

Deno.test("Loader makes no batches of an empty order, and one of a small one", async () => {
  for (const workers of [0, 2]) {
    using loader = new Loader(set, { batch: 64, workers, augment: null, seed: 0 });
    assertEquals(await collect(loader, new Uint32Array()), []);
    assertEquals(
      (await collect(loader, Uint32Array.of(7))).map(({ count, images }) => [count, images.length]),
      [
        [1, 64 * imageBytes],
      ],
    );
  }
});

Deno.test("Loader can be left early and started again", async () => {
  for (const workers of [0, 1, 3]) {
    using loader = new Loader(set, { batch: 4, workers, augment, seed: 0 });
    const order = ascending(50);
    for (let stop = 1; stop <= 4; stop++) {
      let taken = 0;
      for await (const { indices } of loader.batches(order, 0)) {
        assertEquals(indices[0], 4 * taken);
        if (++taken === stop) break;
      }
    }
    await assertRejects(
      async () => {
        for await (const _ of loader.batches(order, 0)) throw new Error("by the consumer");
      },
      Error,
      "by the consumer",
    );
    assertEquals(await collect(loader, order, 2), await load0(order, 2));
  }
});

/** The same without Workers, 4 a batch. */
async function load0(order: Uint32Array, view: number): Promise<Batch[]> {
  using loader = new Loader(set, { batch: 4, workers: 0, augment, seed: 0 });
  return await collect(loader, order, view);
}

Deno.test("Loader works ahead while the consumer's thread is busy", async () => {
  /** Whether the two batches after the first are there at once when this thread was busy for so long. */
  const areReadyAfter = async (ms: number): Promise<boolean> => {
    using loader = new Loader(set, { batch: 4, workers: 1, augment, seed: 0 });
    const batches = loader.batches(ascending(50), 0);
    await batches.next(); // the Worker runs by now
    const busy = performance.now() + ms;
    while (performance.now() < busy);
    let taken = 0;
    const two = [batches.next(), batches.next()].map((next) => next.then(() => taken++));
    // While microtasks follow each other no message is heard of: what waits for one is not taken.
    for (let i = 0; i < 100; i++) await null;
    const ready = taken === 2;
    await Promise.all(two);
    await batches.return();
    return ready;
  };
  // The Worker may not have had a processor meanwhile.
  let ms = 100;
  while (!await areReadyAfter(ms) && ms < 10_000) ms *= 2;
  assert(ms < 10_000, `not ready after ${ms} ms`);
});

Deno.test("Loader keeps a batch as it is until the next is asked for", async () => {
  using loader = new Loader(set, { batch: 4, workers: 3, augment, seed: 0 });
  const expected = await load0(ascending(50), 0);
  let number = 0;
  for await (const { images } of loader.batches(ascending(50), 0)) {
    await new Promise((resolve) => setTimeout(resolve, 5)); // Workers could write into it now
    assertEquals(images, expected[number++].images);
  }
});

Deno.test("Loader gives the consumer a Worker's error, and goes on with the next order", async () => {
  for (const workers of [0, 1, 2]) {
    using loader = new Loader(set, { batch: 4, workers, augment: null, seed: 0 });
    const bad = ascending(30);
    bad[13] = 50;
    const error = await assertRejects(() => collect(loader, bad), RangeError);
    assertEquals(error.message, "Cannot load image 50: it takes indices below 50, the images of the set");
    assertEquals((await collect(loader, ascending(9))).length, 3);
  }
});

Deno.test("Loader takes one order at a time", async () => {
  using loader = new Loader(set, { batch: 4, workers: 1, augment: null, seed: 0 });
  const first = loader.batches(ascending(50), 0);
  await first.next();
  await assertRejects(() => loader.batches(ascending(50), 0).next(), Error, "one after another");
  await first.return();
  assertEquals((await collect(loader, ascending(50))).length, 13);
});

Deno.test("Loader that was disposed of gives an error instead of waiting for ever", async () => {
  const loader = new Loader(set, { batch: 4, workers: 2, augment, seed: 0 });
  const batches = loader.batches(ascending(50), 0);
  await batches.next();
  const pending = assertRejects(
    async () => {
      for await (const _ of batches);
    },
    Error,
    "disposed of",
  );
  await loader[Symbol.asyncDispose]();
  await pending;
  await assertRejects(() => loader.batches(ascending(50), 0).next(), Error, "disposed of");
});

Deno.test({
  name: "Loader gives the consumer an error when a Worker cannot start",
  permissions: { read: false },
  fn: async () => {
    using loader = new Loader(set, { batch: 4, workers: 2, augment, seed: 0 });
    for (let again = 0; again < 2; again++) {
      await assertRejects(
        () => collect(loader, ascending(9)),
        Error,
        "Cannot load in a Worker: it ended with: ",
      );
    }
  },
});

Deno.test("Loader says what is wrong with its options", () => {
  const good = { batch: 4, workers: 0, augment, seed: 0 };
  for (
    const [options, message] of [
      [{ batch: 0 }, "batch as an integer of 1 or more, current is 0"],
      [{ batch: 2.5 }, "batch as an integer of 1 or more, current is 2.5"],
      [{ workers: -1 }, "workers as an integer of 0 or more, current is -1"],
      [{ augment: { pad: -1, flip: true } }, "augment.pad as an integer of 0 or more, current is -1"],
      [{ augment: { ...augment, cutout: 1.5 } }, "augment.cutout as an integer of 0 or more, current is 1.5"],
      [{ seed: NaN }, "seed as an integer of 0 or more, current is NaN"],
    ] as const
  ) assertThrows(() => new Loader(set, { ...good, ...options }), RangeError, message);
  const unshared = { ...set, images: new Uint8Array(set.images.length) };
  assertThrows(() => new Loader(unshared, { ...good, workers: 1 }), TypeError, "SharedArrayBuffer");
  const short = { ...set, count: 51 };
  assertThrows(() => new Loader(short, good), TypeError, "51 labels, current are 7200 and 50");
});

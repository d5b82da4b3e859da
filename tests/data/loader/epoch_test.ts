import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Augment, type Batch, epochOrder, Loader, type Sampler } from "../../../data/mod.ts";
import { patternSet } from "../helpers.ts";

const set = patternSet(50).longTail({ ratio: 5 });
const augment: Augment = { pad: 4, flip: true };

/** Batches copied, for a batch is valid only until the next. */
async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push({ ...batch, images: batch.images.slice() });
  return all;
}

Deno.test("an epoch is the sampler's order by the loader's seed, in the view after the epoch's number", async () => {
  for (const sampler of ["instance", "class-balanced", "sequential"] satisfies Sampler[]) {
    for (const workers of [0, 2]) {
      await using loader = new Loader(set, { batch: 8, workers, augment, sampler, seed: 7 });
      for (const epoch of [0, 3]) {
        const order = epochOrder(set.labels, 10, { sampler, seed: 7, epoch });
        const byHand = await collect(loader.batches(order, epoch + 1));
        assertEquals(await collect(loader.epoch(epoch)), byHand);
        assertEquals(await collect(loader.epoch(epoch, 2)), byHand.slice(2));
      }
    }
  }
});

Deno.test("an epoch is shuffled, by seed 0 and not augmented where a loader is given a batch size alone", async () => {
  await using loader = new Loader(set, { batch: 8 });
  const order = epochOrder(set.labels, 10, { sampler: "instance", seed: 0, epoch: 1 });
  const batches = await collect(loader.epoch(1));
  assertEquals(batches, await collect(loader.batches(order, 0)));
  assertNotEquals(await collect(loader.epoch(2)), batches);
});

Deno.test("an epoch ends after its last batch, and its number and first batch are whole", async () => {
  using loader = new Loader(set, { batch: 8, workers: 0 });
  assertEquals(await collect(loader.epoch(0, Math.ceil(set.count / 8))), []);
  assertThrows(() => loader.epoch(-1), RangeError, "epoch as an integer of 0 or more, current is -1");
  assertThrows(() => loader.epoch(0, 1.5), RangeError, "from as an integer of 0 or more, current is 1.5");
});

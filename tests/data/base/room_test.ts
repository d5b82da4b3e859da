// Absurd sizes are refused before anything is allocated, in words of the task; a machine's own refusal says the same.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Loader, newImageSet, withRoom } from "../../../data/mod.ts";

Deno.test("what takes too much of the host's memory is refused before it is made", () => {
  let made = 0;
  for (const bytes of [33 * 2 ** 30, 1e300, Infinity, NaN]) {
    assertThrows(
      () => withRoom("keep it", bytes, "take less", () => made++),
      RangeError,
      "Cannot keep it: it takes",
    );
  }
  assertEquals(made, 0);
  assertEquals(withRoom("keep it", 4, "take less", () => ++made), 1);
});

Deno.test("a machine that refuses memory is told of in the same words", () => {
  const refuse = () => {
    throw new RangeError("Array buffer allocation failed");
  };
  const { message } = assertThrows(() => withRoom("keep it", 2 ** 30, "take less", refuse), RangeError);
  assertEquals(
    message,
    "Cannot keep it: it takes 1.00 GiB of the host's memory, current machine does not give them: take less",
  );
});

Deno.test("a loader and a set of absurd sizes are refused at once, by name", () => {
  const set = newImageSet(4, 32, 32, 3, ["cat", "dog"]);
  const start = performance.now();
  assertThrows(
    () => new Loader(set, { batch: 1e9 }),
    RangeError,
    "Cannot load batches of 1000000000 images of 32 x 32 x 3: it takes at most 32 GiB",
  );
  assertThrows(
    () => new Loader(set, { batch: 1e7, workers: 256 }),
    RangeError,
    "lower batch, or workers, which are 256",
  );
  assertThrows(() => newImageSet(1e9, 224, 224, 3, ["cat"]), RangeError, "Cannot hold 1000000000 images");
  assert(performance.now() - start < 1000);
});

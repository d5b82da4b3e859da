// The ends of the ranges that numbers of saved work may have, and what stands for numbers that earlier versions did not keep.

import { assertEquals, assertThrows } from "@std/assert";
import { workNumbers } from "../../../train/saved/work_metadata.ts";

const EXTENT = { epochs: 2, steps: 5 };
const SECONDS = { evaluate: 1, features: 2, total: 9 };

/** The numbers of a run after one epoch. @param change Values of the epoch's row, and of its test metrics. */
function read(change: object, test: object = {}) {
  const metrics = { mean: 50, gmean: 40, hmean: 30, lowest: 0, ...test };
  const row = { epoch: 1, lr: 0, loss: -1, accuracy: 0, seconds: 0, imagesPerSecond: 0, test: metrics };
  const epochs = JSON.stringify([{ ...row, ...change }]);
  return workNumbers({ epochs, seconds: JSON.stringify(SECONDS) }, EXTENT, "run");
}

Deno.test("work bounds: per cent go from 0 to 100 and a rounding more", () => {
  for (const value of [0, 100, 100 + 0.9e-6]) {
    assertEquals(read({ accuracy: value }, { mean: value }).epochs[0].accuracy, value);
  }
  for (const value of [-1e-9, 100 + 1.1e-6, 100.5]) {
    assertThrows(() => read({ accuracy: value }), RangeError, "epochs.0.accuracy");
    for (const key of ["mean", "gmean", "hmean", "lowest"]) {
      assertThrows(() => read({}, { [key]: value }), RangeError, `epochs.0.test.${key}`);
    }
  }
});

Deno.test("work bounds: times and a step that earlier versions did not keep are 0", () => {
  const { step, seconds } = read({});
  assertEquals<unknown>([step, seconds], [0, { ...SECONDS, stage1: 0, train: 0, epoch: 0 }]);
});

Deno.test("work bounds: the time of retraining, as it was called, is that of training where there is no other", () => {
  const train = (more: object) => {
    const seconds = JSON.stringify({ ...SECONDS, ...more });
    return workNumbers({ epochs: "[]", seconds }, EXTENT, "run").seconds.train;
  };
  assertEquals([train({ retrain: 3 }), train({ retrain: 3, train: 4 }), train({ train: 4 })], [3, 4, 4]);
});

Deno.test("work bounds: what is no JSON is quoted up to its 40th character", () => {
  const seconds = "x".repeat(50);
  const { message } = assertThrows(() => workNumbers({ epochs: "[]", seconds }, EXTENT, "run"), RangeError);
  assertEquals(message.split("current is ")[1], "x".repeat(40));
});

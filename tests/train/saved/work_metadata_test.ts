// Numbers of a work file that no interrupted run leaves are refused in one sentence, whatever they are.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { hash32 } from "../../../data/mod.ts";
import { workNumbers } from "../../../train/saved/work_metadata.ts";

const EXTENT = { epochs: 3, steps: 5 };

const epoch = (number: number) => ({
  ...{ epoch: number, lr: 0.1, loss: 1.5, accuracy: 40.5, seconds: 2, imagesPerSecond: 99 },
  test: number === 1 ? null : { mean: 50, gmean: 40, hmean: 30, lowest: 0, many: null },
});

const GOOD: Record<string, string> = {
  step: "4",
  epochs: JSON.stringify([epoch(1), epoch(2)]),
  seconds: JSON.stringify({ stage1: 0, evaluate: 1, features: 2, train: 3, epoch: 1, total: 9.5 }),
};

const refused = (change: Record<string, string>, words: string) => {
  const { message } = assertThrows(
    () => workNumbers({ ...GOOD, ...change }, EXTENT, "run"),
    RangeError,
    words,
  );
  assert(
    message.startsWith("Cannot resume run: its work.safetensors is not what") && !message.includes("\n"),
    message,
  );
};

Deno.test("work numbers: those of an interrupted run are read as they were written", () => {
  const read = workNumbers(GOOD, EXTENT, "run");
  assertEquals(read.step, 4);
  assertEquals<unknown>(read.epochs, [epoch(1), epoch(2)]);
  assertEquals<unknown>(read.seconds, JSON.parse(GOOD.seconds));
  // An epoch of no time has infinitely many images a second, which JSON lacks.
  const row = JSON.stringify([{ ...epoch(1), imagesPerSecond: Infinity }]);
  assertEquals(workNumbers({ ...GOOD, epochs: row }, EXTENT, "run").epochs[0].imagesPerSecond, Infinity);
});

Deno.test("work numbers: steps and epochs that the run cannot have taken are refused", () => {
  for (const step of ["NaN", "-1", "1.5", "null", '"1"', "1e99", "", "Infinity", "0x1", "[]"]) {
    refused({ step }, "step");
  }
  refused({ step: "5" }, "step takes a whole number below 5, current is 5");
  const all = [1, 2, 3].map(epoch);
  refused({ epochs: JSON.stringify(all) }, "step takes a whole number below 1, current is 4");
  refused(
    { epochs: JSON.stringify([...all, epoch(4)]), step: "0" },
    "epochs takes at most 3 rows, current are 4",
  );
  refused({ epochs: JSON.stringify([epoch(2), epoch(1)]) }, "epochs: takes a row for each epoch, from 1");
  refused({ epochs: JSON.stringify([epoch(1), epoch(3)]) }, "epochs: takes a row for each epoch, from 1");
  for (const key of ["lr", "loss", "accuracy", "seconds"]) {
    for (const value of [null, "1", key === "loss" ? [] : -1]) {
      refused({ epochs: JSON.stringify([{ ...epoch(1), [key]: value }]) }, `epochs.0.${key}`);
    }
  }
  for (const value of [null, -1, "9"]) {
    refused({ seconds: JSON.stringify({ ...JSON.parse(GOOD.seconds), total: value }) }, "seconds.total");
  }
});

Deno.test("work numbers: 20,000 drawn changes of the texts give numbers in range, or one sentence", () => {
  const letters = '0123456789-+.eE,:[]{}" NaInfulltrs';
  let [accepted, refusals] = [0, 0];
  for (let i = 0; i < 20_000; i++) {
    const draw = (what: number, below: number) => hash32(0xc4a5, i, what) % below;
    const key = Object.keys(GOOD)[draw(0, 3)];
    const text = [...GOOD[key]];
    for (let change = 0; change <= draw(1, 3); change++) {
      text.splice(draw(2 + change, text.length + 1), draw(6, 2), letters[draw(10 + change, letters.length)]);
    }
    try {
      const { step, epochs, seconds } = workNumbers({ ...GOOD, [key]: text.join("") }, EXTENT, "run");
      accepted++;
      assert(Number.isInteger(step) && step >= 0 && step < EXTENT.steps);
      assert(epochs.length < EXTENT.epochs || step === 0);
      assert(epochs.every((row, at) => row.epoch === at + 1 && Number.isFinite(row.loss) && row.lr >= 0));
      assert(Object.values(seconds).every((value) => value >= 0 && Number.isFinite(value)));
    } catch (error) {
      refusals++;
      assert(error instanceof RangeError && /^Cannot resume run: [^\n]+$/.test(error.message), String(error));
    }
  }
  assert(accepted > 1000 && refusals > 1000, `${accepted} accepted, ${refusals} refused`);
});

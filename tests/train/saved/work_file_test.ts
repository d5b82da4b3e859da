// A run's work is the same once it was written and read, and work that does not fit the run is refused.

import { assertEquals, assertThrows } from "@std/assert";
import { nameOf, type RawTensor } from "../../../engine/mod.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { loadConfig } from "../../../train/config/load.ts";
import { MemoryRows } from "../../../train/features/memory.ts";
import { writeSealed } from "../../../train/machine/seal.ts";
import { newWork, type Work } from "../../../train/saved/work.ts";
import {
  begunWork,
  checkShapes,
  faultIn,
  isBegun,
  packWork,
  parseWork,
  tensorsOf,
  unpackWork,
  workOf,
} from "../../../train/saved/work_file.ts";
import { smallSetup } from "../../fuzz/train/setup.ts";

/** A setup of 4 training and 3 test images of 3 classes, and 64 features. */
const setup = smallSetup();
const config = { ...await loadConfig(null, {}), epochs: 3, batch: 3 };
const { network } = setup;
const [weight] = network.classifier.tensors;
const [statistic] = network.statistics;

let drawn = 0;
const rows = (count: number, width: number) =>
  new MemoryRows(width, Float32Array.from({ length: count * width }, () => ++drawn));

/** Work with everything in it. @param change Other parts. */
function workWith(change: Partial<Work> = {}): Work {
  return {
    state: new Map([[nameOf(weight), new Float32Array(weight.size).fill(1)], [
      "momentum",
      Float32Array.of(3),
    ]]),
    step: 1,
    before: Float32Array.from({ length: 2 * 3 * 3 }, (_, i) => i),
    testFeatures: [rows(3, 64), rows(3, 64)],
    views: [rows(4, 64), rows(4, 64)],
    part: {
      name: "view 2 again",
      done: 1,
      rows: rows(4, 64),
      statistics: new Map([["a", Float32Array.of(5)]]),
    },
    passes: new Map([["logits after", rows(3, 3)], ["classes", rows(3, 1)]]),
    epochs: [{ epoch: 1, lr: 0.1, loss: 2, accuracy: 50, seconds: 1, imagesPerSecond: 3, test: null }],
    seconds: { stage1: 1, evaluate: 2, features: 3, train: 4, epoch: 5, total: 15 },
    ...change,
  };
}

const read = (work: Work) => unpackWork(packWork(work, setup, config), setup, config, "run", finetuneConfig);

const isRefused = (change: Partial<Work>) => {
  assertThrows(
    () => checkShapes(workWith(change), setup, "run"),
    RangeError,
    "features or logits of other shapes",
  );
};
const fits = (change: Partial<Work>) => checkShapes(workWith(change), setup, "run");

Deno.test("work file: all work is read as it was written, and so is none", () => {
  const work = workWith();
  assertEquals(read(work), work);
  assertEquals(read(newWork()), newWork());
  const bare = workWith({ part: { ...work.part!, statistics: null }, state: null });
  assertEquals(read(bare), bare);
});

Deno.test("work file: tensors have the names that earlier versions look for", () => {
  assertEquals([...tensorsOf(workWith()).keys()], [
    ...["before", "testFeatures", "testFeatures.1", "view.0", "view.1", "part 1 view 2 again"],
    ...[
      "statistics of part a",
      "pass logits after",
      "pass classes",
      `state ${nameOf(weight)}`,
      "state momentum",
    ],
  ]);
});

Deno.test("work file: a pass without a finished image is left out", () => {
  const { part } = workWith();
  assertEquals(read(workWith({ part: { ...part!, done: 0 } })).part, null);
});

Deno.test("work file: two works in one file, each under its prefix", () => {
  const works = [workWith(), workWith({ views: [], part: null })];
  const tensors = new Map(works.flatMap((work, i) => [...tensorsOf(work, `${i}.`)]));
  works.forEach((work, i) => {
    const { step, epochs, seconds } = newWork();
    assertEquals(workOf(tensors, network, `${i}.`), { ...work, step, epochs, seconds });
  });
});

Deno.test("work file: features are a row for each image, and logits whole looks at the test images", () => {
  isRefused({ views: [rows(4, 64), rows(3, 64)] });
  isRefused({ views: [rows(4, 63)] });
  isRefused({ testFeatures: [rows(4, 64)] });
  isRefused({ testFeatures: [rows(3, 64), rows(3, 3)] });
  for (const length of [1, 3, 10, 17]) isRefused({ before: new Float32Array(length) });
  for (const before of [new Float32Array(9), null]) fits({ before, views: [], testFeatures: [] });
});

Deno.test("work file: a pass has a class or logits for each image", () => {
  for (const width of [2, 4, 64]) isRefused({ passes: new Map([["a", rows(3, 1)], ["b", rows(3, width)]]) });
  for (const width of [1, 3]) fits({ passes: new Map([["a", rows(2, width)]]) });
  // A tensor of one dimension has one value for each image.
  const shape = [5];
  const tensors = new Map<string, RawTensor>([["pass a", {
    dtype: "f32",
    shape,
    data: new Float32Array(5),
  }]]);
  assertEquals(workOf(tensors, network).passes.get("a")!.width, 1);
});

Deno.test("work file: the pass that was cut off has from one to all of its images", () => {
  const part = (done: number, of: MemoryRows) => ({
    part: { name: "view 2", done, rows: of, statistics: null },
  });
  for (const [done, count, width] of [[1, 4, 64], [4, 4, 64], [3, 3, 64], [2, 2, 1], [5, 7, 3]]) {
    fits(part(done, rows(count, width)));
  }
  for (const [done, count, width] of [[0, 4, 64], [5, 4, 64], [1, 5, 64], [1, 4, 2], [3, 2, 1], [0, 2, 3]]) {
    isRefused(part(done, rows(count, width)));
  }
});

Deno.test("work file: statistics of the version before that the network lacks are left out", () => {
  const tensor = (value: number): RawTensor => ({ dtype: "f32", shape: [1], data: Float32Array.of(value) });
  const tensors = new Map([["statistics.0", tensor(7)], ["statistics.99", tensor(8)]]);
  assertEquals(workOf(tensors, network).state, new Map([[nameOf(statistic), Float32Array.of(7)]]));
});

Deno.test("work file: tensors of the network are as long as the network has them", () => {
  const { part } = workWith();
  for (
    const [tensor, length] of [[weight, weight.size - 1], [weight, 0], [
      statistic,
      statistic.size + 1,
    ]] as const
  ) {
    const state = new Map([[nameOf(tensor), new Float32Array(length)]]);
    const told = `it has ${length} values of ${nameOf(tensor)}, and the network ${tensor.size}`;
    for (const change of [{ state }, { part: { ...part!, statistics: state } }]) {
      assertThrows(() => checkShapes(workWith(change), setup, "run"), RangeError, told);
    }
  }
  fits({ state: new Map([[nameOf(statistic), new Float32Array(statistic.size)]]), part: null });
});

Deno.test("work file: an epoch has as many steps as batches, the last one smaller", () => {
  assertEquals(read(workWith({ step: 1 })).step, 1); // 4 images make batches of 3 and 1
  assertThrows(() => read(workWith({ step: 2 })), RangeError, "step takes a whole number below 2");
});

Deno.test("work file: a run that has only begun is told from others", () => {
  assertEquals(isBegun(begunWork({ more: "text" }), "run"), true);
  assertEquals(parseWork(begunWork({ more: "text" }), "run", []).metadata.more, "text");
  assertEquals(isBegun(packWork(workWith(), setup, config), "run"), false);
});

Deno.test("work file: other bytes, missing texts and tensors of other numbers are refused", () => {
  const good = packWork(workWith(), setup, config);
  assertEquals(faultIn(good), null);
  const flipped = good.slice();
  flipped[good.length - 1] ^= 1;
  const whole = writeSealed(new Map([["a", { dtype: "i32", shape: [1], data: Int32Array.of(1) }]]), {});
  const cases: [Uint8Array, string][] = [
    [flipped, "its bytes have another SHA-256"],
    [whole, "a takes 32-bit floats, current are i32"],
    [writeSealed(new Map(), { seconds: "{}" }), "it has no epochs"],
  ];
  for (const [bytes, told] of cases) {
    assertThrows(() => parseWork(bytes, "run", ["seconds", "epochs"]), Error, told);
  }
  assertEquals(faultIn(whole), "a takes 32-bit floats, current are i32");
});

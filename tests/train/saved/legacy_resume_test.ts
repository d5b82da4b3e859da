// The work that an interrupted run left by the keys of the version before is taken for a run of the same config.

import { assertEquals, assertThrows } from "@std/assert";
import { nameOf, networkOf, type RawTensor, writeSafetensors } from "../../../engine/mod.ts";
import { loadConfig, loadConfigOf } from "../../../train/config/load.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { newImageSet } from "../../../data/mod.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { unpackWork } from "../../../train/saved/work_file.ts";
import { checkMark, markOf } from "../../../train/saved/mark.ts";
import type { ConfigKind } from "../../../train/config/schema/keys.ts";

const images = newImageSet(2, 1, 1, 1, ["0", "1"]);
const stage1 = new Map([["w", Float32Array.of(1, 2)]]);
const setup = { stage1, train: images, dataset: { test: images } } as unknown as Setup;

/** Numbers of an epoch. */
const ROW = { loss: 1, accuracy: 50, seconds: 2, imagesPerSecond: 1, test: null };

/** Keys of both commands at their defaults, as the version before wrote them. */
const SHARED = "head: linear\nseed: 0\nfamily: auto\nnetwork: resnet8\nsampler: instance\ncheckpoint: null\n";

Deno.test("an interrupted finetune of the version before goes on with its own config alone", async () => {
  const config =
    `${SHARED}loss: focal\ngamma: 1\nlambda: 1\nsmoothing:\n  head: 0.4\n  tail: 0.1\nmargin: 0.5\nepochs: 20\n` +
    "optimizer:\n  lr: 0.05\n  momentum: 0.9\n  nesterov: false\n  weightDecay: 0.0005\n  steps: [2, 4]\n  gamma: 0.5\n" +
    "ensemble:\n  temperatureNew: 1\n  temperatureOld: 1\n";
  const mark = { ...markOf(setup, {}), config };
  const same = ["loss=focal", "loss.gamma=1", "optimizer.schedule.steps=[2, 4]", "ensemble={}"];
  const halves = "optimizer.schedule.factors=[.5, .25]";
  checkMark(mark, setup, await loadConfig(null, { set: [...same, halves] }), "run", finetuneConfig);
  const kept = await loadConfig(null, { set: [...same, halves, "keep=ensemble", "maxAccuracyLoss=3"] });
  checkMark(mark, setup, kept, "run", finetuneConfig); // neither key changes the training
  const others = [
    ["loss=gml", 'other loss.name ("focal", not "gml"): leave'],
    ["loss.gamma=2", "other loss.gamma (1, not 2): leave"],
    [
      "optimizer.schedule.factors=[.5, .1]",
      "other optimizer.schedule.factors ([0.5,0.25], not [0.5,0.1]): leave",
    ],
    ["optimizer.name=adamw", 'other optimizer.name ("sgd", not "adamw"): leave'],
    [
      "ensemble=null",
      "other ensemble.temperatureNew (1, not null), ensemble.temperatureOld (1, not null): leave",
    ],
    ["optimizer.schedule.warmup=1", "other optimizer.schedule.warmup (0, not 1): leave"],
  ];
  for (const [pair, part] of others) {
    const other = await loadConfig(null, { set: [...same, halves, pair] });
    assertThrows(() => checkMark(mark, setup, other, "run", finetuneConfig), RangeError, part);
  }
});

Deno.test("an interrupted train of the version before goes on with its own config alone", async () => {
  const config = `${SHARED}loss:\n  name: balanced-softmax\nmixup: null\npaco:\n  queue: 64\n  gamma: 0.5\n` +
    "data:\n  augment:\n    policy: paco\noptimizer:\n  lr: 0.1\n  warmup: 2\n  schedule:\n    kind: cosine\n";
  const mark = { ...markOf(setup, {}), config };
  const load = (...set: string[]) =>
    loadConfigOf(trainingConfig, null, {
      set: ["loss=balanced-softmax", "data.augment.policy=paco", "paco.queue=64", ...set],
    });
  const same = ["paco.negatives=0.5", "optimizer.schedule.warmup=2"];
  checkMark(mark, setup, await load(...same), "run", trainingConfig);
  for (const [pair, part] of [["paco.negatives=1", "other paco.negatives (0.5, not 1): leave"]]) {
    const other = await load(...same, pair);
    assertThrows(() => checkMark(mark, setup, other, "run", trainingConfig), RangeError, part);
  }
});

Deno.test("the work that finetune of the version before kept is read as the trainer's state", async () => {
  const network = networkOf("resnet8", { classes: 4, channels: 1 });
  const tensor = (...values: number[]) =>
    ({ dtype: "f32", shape: [values.length], data: Float32Array.from(values) }) satisfies RawTensor;
  const rows = (value: number) =>
    ({ dtype: "f32", shape: [2, 64], data: new Float32Array(128).fill(value) }) satisfies RawTensor;
  const values = network.statistics.map(({ size }, i) => new Float32Array(size).fill(i));
  const weight = new Float32Array(4 * 64).fill(1);
  const statistics = values.map((each, i) => [`statistics.${i}`, tensor(...each)] as [string, RawTensor]);
  const config = await loadConfig(null);
  const of = { ...setup, network };
  const bytes = writeSafetensors(
    new Map<string, RawTensor>([
      ["classifier.linear.weight", tensor(...weight)],
      ["classifier.momentum of linear.weight", tensor(3, 4)],
      ...statistics,
      ["testFeatures", rows(5)],
      ["view.0", rows(7)],
    ]),
    {
      epochs: JSON.stringify([{ ...ROW, epoch: 1, lr: 0.05 }]),
      seconds: JSON.stringify({ stage1: 1, evaluate: 2, features: 3, retrain: 4, total: 10 }),
      ...markOf(of, config),
    },
  );
  const work = unpackWork(bytes, of, config, "run", finetuneConfig);
  const expected = new Map([
    ["linear.weight", weight],
    ["momentum of linear.weight", Float32Array.of(3, 4)],
    ...network.statistics.map((each, i) => [nameOf(each), values[i]] as const),
  ]);
  assertEquals(work.state, expected);
  assertEquals([work.step, work.before, work.views.length, work.testFeatures[0].count], [0, null, 1, 2]);
  assertEquals(work.seconds, { stage1: 1, evaluate: 2, features: 3, train: 4, epoch: 0, total: 10 });
});

Deno.test("an interrupted run from before AdamW's betas and eps were keys goes on, with their defaults alone", async () => {
  const mark = { ...markOf(setup, {}), config: `${SHARED}optimizer:\n  name: adamw\n  lr: 0.001\n` };
  for (const kind of [finetuneConfig, trainingConfig] as ConfigKind<unknown>[]) {
    const load = (...set: string[]) =>
      loadConfigOf<unknown>(kind, null, { set: ["optimizer.name=adamw", "optimizer.lr=0.001", ...set] });
    checkMark(mark, setup, await load() as object, "run", kind);
    const same = ["optimizer.betas=[0.9, 0.999]", "optimizer.eps=1e-8"];
    checkMark(mark, setup, await load(...same) as object, "run", kind);
    for (
      const [pair, part] of [
        ["optimizer.betas=[0.9, 0.95]", "other optimizer.betas ([0.9,0.999], not [0.9,0.95]): leave"],
        ["optimizer.eps=1e-6", "other optimizer.eps (1e-8, not 0.000001): leave"],
      ]
    ) {
      const other = await load(pair) as object;
      assertThrows(() => checkMark(mark, setup, other, "run", kind), RangeError, part);
    }
  }
});

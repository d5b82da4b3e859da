// Values that a config refuses, in words that name the key, what it takes and what it is.

import { assertEquals, assertRejects } from "@std/assert";
import { loadConfig } from "../../../train/config/load.ts";
import { load, refuses, set } from "./config_text.ts";

Deno.test("a value of a wrong type is a TypeError with the key, what it takes and what it is", async () => {
  await refuses("optimizer: { lr: fast }", TypeError, [
    'optimizer.lr takes a number above 0, current value is "fast"',
  ]);
  await refuses("data: 5", TypeError, [
    "data takes source, dir, ratio and other keys of data, current value is 5",
  ]);
  await refuses("views: true", TypeError, [
    "views takes fresh or a whole number from 1 to 10000, current value is true",
  ]);
  await refuses("epochs: null", TypeError, ["epochs takes", "current value is null"]);
  await refuses("loss: [gml]", TypeError, ["loss takes a name, or name", 'current value is ["gml"]']);
  await refuses("optimizer: { nesterov: 'yes' }", TypeError, ["optimizer.nesterov takes true or false"]);
  await refuses("optimizer: { schedule: { steps: [a] } }", TypeError, [
    "optimizer.schedule.steps takes a list",
    'current value is ["a"]',
  ]);
  await refuses("- a", TypeError, ["it takes keys and values, current content is a list"]);
  await refuses("", TypeError, ["--set seed=x", "seed takes a whole number"], ["seed=x"]);
});

Deno.test("--data does not paper over data that are no keys", async () => {
  const flags = { data: "photos", set: ["data=3"] };
  await assertRejects(() => loadConfig(null, flags), TypeError, "current value is 3");
});

Deno.test("a section that is set to a value is refused, whatever is set in it later", async () => {
  const takes =
    "optimizer takes name, lr, momentum, nesterov, weightDecay, betas, eps and schedule, current value is";
  for (const value of ["3", "null", "[1]", "fast"]) {
    const current = value === "[1]" ? "[1]" : value === "fast" ? '"fast"' : value;
    const parts = [`--set optimizer=${value}: ${takes} ${current}`];
    await refuses("", TypeError, parts, ["seed=1", `optimizer=${value}`, "optimizer.lr=1"]);
    await refuses(`optimizer: ${value}`, TypeError, [`${takes} ${current}`], ["optimizer.lr=1"]);
  }
  await refuses("", TypeError, ["data takes source"], ["data=photos", "data.ratio=1"]);
  await refuses("", TypeError, ["data.augment takes"], ["data={augment: 4}", "data.augment.pad=1"]);
  // Where null is a choice, keys come after it as after nothing.
  const { data: { augment } } = await load("data: { augment: null }", set("data.augment.pad=1"));
  assertEquals([augment?.pad, augment?.flip], [1, true]);
});

Deno.test("a value out of range is a RangeError with the key, what it takes and what it is", async () => {
  const takes = "groups takes two whole numbers of at least 1, the larger first, current value is";
  await refuses("groups: [20, 100]", RangeError, [`${takes} [20,100]`]);
  await refuses("groups: [20]", RangeError, [`${takes} [20]`]);
  for (
    const [yaml, ...parts] of [
      ["views: 0", "views takes fresh or a whole number from 1 to 10000, current value is 0"],
      ["views: often", 'current value is "often"'],
      ["data: { ratio: 0.5 }", "data.ratio takes a number of at least 1"],
      ["data: { source: cifar }", "data.source takes one of cifar10, cifar100, fashion-mnist, idx"],
      [
        "data: { augment: { policy: auto } }",
        "data.augment.policy takes one of crop-flip, resized-crop, autoaugment, simclr, paco",
      ],
      [
        "data: { augment: { policy: autoaugment, jitter: {} } }",
        "data.augment.jitter takes null with autoaugment, which has its own",
      ],
      ["data: { augment: { cutout: -1 } }", "data.augment.cutout takes a whole number from 0 to 256"],
      ["network: resnet9", "network takes one of resnet8"],
      ["batch: 0", "batch takes a whole number from 1 to 1048576"],
      ["epochs: 1.5", "epochs takes a whole number"],
      ["seed: -1", "seed takes a whole number from 0 to 4294967295"],
      ["optimizer: { lr: 0 }", "optimizer.lr takes a number above 0"],
      ["optimizer: { momentum: 1 }", "optimizer.momentum takes a number from 0 to below 1"],
      ["optimizer: { weightDecay: -1 }", "optimizer.weightDecay takes a number of at least 0"],
      ["ensemble: { temperatureNew: 0 }", "ensemble.temperatureNew takes a number above 0"],
      ["workers: 0", "workers takes"],
      ["name: ../escape", "name takes a name of letters"],
      ["name: ''", "name takes a name of letters"],
      ["checkpoint: ''", "checkpoint takes a path or null"],
      [
        "optimizer: { schedule: { steps: [5, 5], factors: [1, 1] } }",
        "optimizer.schedule.steps takes a list of whole numbers of at least 1, ascending, current value is [5,5]",
      ],
      ["optimizer: { schedule: { steps: [1.5] } }", "current value is [1.5]"],
      [
        "optimizer: { schedule: { steps: [1, 2] } }",
        "optimizer.schedule.factors takes as many numbers as there are steps (2), current value is [0.2]",
      ],
      ["loss: focus", "loss.name takes one of gml, gml+las", 'current value is "focus"'],
      [
        "optimizer: { nesterov: true, momentum: 0 }",
        "optimizer.momentum takes a number above 0 with nesterov",
      ],
    ]
  ) {
    await refuses(yaml, RangeError, ["Cannot use the config", ...parts]);
  }
});

Deno.test("NaN and infinity are refused wherever a number is taken", async () => {
  for (
    const key of ["data.ratio", "optimizer.lr", "optimizer.weightDecay", "ensemble.temperatureOld", "epochs"]
  ) {
    for (const value of [".nan", ".inf"]) {
      await refuses("", TypeError, [`${key} takes`], [`${key}=${value}`]);
    }
  }
});

Deno.test("all faults of a config are told at once", async () => {
  await refuses("views: 0\nbatch: x\nfoo: 1", TypeError, [
    "\n  views takes",
    "\n  batch takes",
    "\n  foo is not a key",
  ]);
});

Deno.test("keys of re-training that do not go together are refused by name", async () => {
  const cases: [string, string][] = [
    ["featureBank: disk\nstatistics: updated", "featureBank takes auto or memory, as features of updated"],
    ["ensemble: null\nkeep: ensemble", "keep takes after with ensemble: null"],
    ["moreLabels: 2\nviews: fresh", "moreLabels takes 0 with views: fresh or statistics: updated"],
    ["moreLabels: 2\nstatistics: updated", "moreLabels takes 0 with views: fresh or statistics: updated"],
    ["adjust: 1\nhead: cosine\nloss: ldam", "adjust.t takes 0 with head cosine, which has no bias"],
    ["network: resnet8\nextraBlock: true", "extraBlock takes false with resnet8"],
  ];
  for (const [text, told] of cases) await refuses(text, RangeError, [told]);
});

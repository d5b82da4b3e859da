import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configToYaml, loadConfig } from "../../../train/config/load.ts";
import { configKey, configKeys, unreached } from "../../../train/config/schema/keys.ts";
import { configSchema, finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { UsageError } from "../../../train/flags/errors.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { folder, load, refuses, set } from "./config_text.ts";

Deno.test("the defaults are those of the default run, apart from its stage 1 and its stored features", async () => {
  const run = await loadConfig(null);
  assertEquals(run, { ...configSchema.parse({}), stage1: run.stage1, featureBank: "disk" });
  assertEquals(run.stage1, trainingConfig.defaultFile);
  const own = set(`stage1=${run.stage1}`, "featureBank=disk");
  assertEquals(await load("", own, "fashion-lt-gml.yaml"), run);
  assertEquals(await loadConfig(finetuneConfig.defaultFile), run);
});

Deno.test("the config of the paper's recipe holds the paper's values", async () => {
  const config = await loadConfig(
    fileURLToPath(new URL("../../../configs/cifar100-lt-gml.yaml", import.meta.url)),
  );
  assertEquals(config.optimizer, {
    name: "sgd",
    lr: 0.05,
    momentum: 0.9,
    nesterov: false,
    weightDecay: 0.0005,
    betas: [0.9, 0.999],
    eps: 1e-8,
    schedule: { kind: "steps", steps: [10], factors: [0.2], warmup: 0 },
  });
  assertEquals([config.epochs, config.batch, config.loss.name, config.sampler], [40, 128, "gml", "instance"]);
});

Deno.test("a flag wins over --set, --set over the file, the file over the defaults", async () => {
  const yaml = "seed: 1\nepochs: 30\noptimizer: { lr: 0.1, schedule: { factors: [0.5] } }\n";
  const config = await load(yaml, { ...set("seed=2", "optimizer.lr=0.2", "optimizer.lr=3e-1"), seed: 9 });
  assertEquals([config.seed, config.epochs, config.batch], [9, 30, 128]);
  const { lr, schedule, momentum } = config.optimizer;
  assertEquals([lr, schedule.factors, momentum], [0.3, [0.5], 0.9]);
  assertEquals((await load("family: tile", { family: "lane" })).family, "lane");
});

Deno.test("--set reads YAML typed by the key", async () => {
  const config = await load(
    "ensemble: null",
    set(
      "optimizer.schedule.steps=[2, 4]",
      "optimizer.schedule.factors=[.2, .04]",
      "data.augment=null",
      "views=fresh",
      "name=2024",
      "checkpoint=null",
      "ensemble={temperatureNew: 2}",
    ),
  );
  assertEquals(config.optimizer.schedule.steps, [2, 4]);
  assertEquals([config.data.augment, config.views, config.name, config.checkpoint], [
    null,
    "fresh",
    "2024",
    null,
  ]);
  assertEquals(config.ensemble, { temperatureNew: 2, temperatureOld: 1 });
  assertEquals((await load("")).ensemble, null);
  assertEquals((await load("", set("ensemble={}"))).ensemble, { temperatureNew: 1, temperatureOld: 1 });
  const part = await load(
    "ensemble: null\noptimizer: { schedule: { factors: [0.1] } }",
    set("ensemble.temperatureOld=3", "optimizer={lr: 1}"),
  );
  assertEquals(part.ensemble, { temperatureNew: 1, temperatureOld: 3 });
  assertEquals([part.optimizer.lr, part.optimizer.schedule.factors], [1, [0.1]]);
});

Deno.test("the augmentation is set key by key, and one of padding and mirroring alone is enough", async () => {
  const plain = await load("data: { augment: { pad: 2, flip: false } }");
  assertEquals(plain.data.augment, {
    policy: "crop-flip",
    pad: 2,
    flip: false,
    whole: false,
    jitter: null,
    cutout: 0,
  });
  const strong = await load("", set("data.augment.policy=autoaugment", "data.augment.cutout=16"));
  assertEquals(strong.data.augment, {
    policy: "autoaugment",
    pad: 4,
    flip: true,
    whole: false,
    jitter: null,
    cutout: 16,
  });
});

Deno.test("paths in a file are relative to it, on the command line to the current folder", async () => {
  const yaml = "checkpoint: weights/a.pt\nstage1: ce.yaml\ndata: { dir: ../cifar }";
  const config = await load(yaml);
  assertEquals([config.checkpoint, config.stage1, config.data.dir], [
    join(folder, "weights/a.pt"),
    join(folder, "ce.yaml"),
    join(folder, "../cifar"),
  ]);
  const here = await load(yaml, { ...set("checkpoint=b.pt", "stage1=d/ce.yaml"), data: "d" });
  assertEquals([here.checkpoint, here.stage1, here.data.dir], [
    join(Deno.cwd(), "b.pt"),
    join(Deno.cwd(), "d/ce.yaml"),
    join(Deno.cwd(), "d"),
  ]);
  assertEquals((await load(yaml, { checkpoint: "/c.pt" })).checkpoint, "/c.pt");
});

Deno.test("a key of adjust leaves the folder that was set before it", async () => {
  const { adjust } = await load("", set("adjust.unlabelled=/photos", "adjust.t=auto"));
  assertEquals([adjust.t, adjust.unlabelled], ["auto", "/photos"]);
});

Deno.test("the effective config is read back identical from its YAML", async () => {
  for (
    const pairs of [[], [
      "data.augment=null",
      "ensemble={}",
      "optimizer.schedule.kind=constant",
      "views=fresh",
    ]]
  ) {
    const config = await load("name: 'null'\noptimizer: { weightDecay: 1e-7 }", {
      ...set(...pairs),
      checkpoint: "a: b #c.pt",
      data: "yes",
    });
    assertEquals(await load(configToYaml(config), {}, "other.yaml"), config);
  }
});

Deno.test("a run without a name is named after its file", async () => {
  assertEquals((await load("")).name, "my-run");
  assertEquals((await load("", {}, "_my run.v2.yaml")).name, "my-run.v2");
});

Deno.test("an unknown key names the nearest one, in a file and in --set", async () => {
  await refuses("optimizer: { momentm: 0.9 }", RangeError, [
    "optimizer.momentm is not a key",
    "optimizer.momentum",
  ]);
  await refuses("lr: 0.1", RangeError, ["lr is not a key; the nearest is optimizer.lr"]);
  await refuses("", UsageError, ["Cannot set optimiser.lr", "optimizer.lr"], ["optimiser.lr=1"]);
  await refuses("", UsageError, ["Cannot set __proto__"], ["__proto__.x=1"]);
});

Deno.test("a --set that is no key, equals sign and value is refused", async () => {
  for (const pair of ["seed", "=1", "seed=", "seed= "]) await refuses("", UsageError, ["KEY=VALUE"], [pair]);
  await refuses("", UsageError, ["its value is not YAML"], ["optimizer.schedule.steps=[1"]);
});

Deno.test("a run may be over before its steps, and is told of those that it does not reach", async () => {
  const toldOf = async (...sets: string[]) => unreached(finetuneConfig, await load("", set(...sets)));
  assertEquals(await toldOf(), []);
  const counted = "not reached: epochs are counted from 0 to";
  assertEquals(await toldOf("epochs=5"), [`5 of optimizer.schedule.steps is ${counted} 4`]);
  const late = ["optimizer.schedule.steps=[2, 3, 8]", "optimizer.schedule.factors=[.5, .2, .1]"];
  assertEquals(await toldOf("epochs=3", ...late), [
    `3 and 8 of optimizer.schedule.steps are ${counted} 2`,
  ]);
});

Deno.test("a config that is missing or no YAML is refused by name", async () => {
  await refuses("a: [1", SyntaxError, ["my-run.yaml", "it takes YAML"]);
  await refuses("seed: 1\nseed: 2", SyntaxError, ["my-run.yaml"]);
  const { message } = await assertRejects(() => loadConfig(join(folder, "none.yaml")), Error);
  assertStringIncludes(message, "none.yaml: it takes a file, current path leads to none");
});

Deno.test("every key has its words for the messages", () => {
  for (const key of configKeys(configSchema)) {
    assertEquals(configKey(configSchema, key.split(".")).takes === "", false, key);
  }
});

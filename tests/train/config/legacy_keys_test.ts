// Configs by the keys of the version before come to what they came to, and are told of what the keys are called now.

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { basename, join } from "node:path";
import { newImageSet } from "../../../data/mod.ts";
import { configToYaml, loadConfig, loadConfigOf, taskOf } from "../../../train/config/load.ts";
import { learningRates } from "../../../train/trainer/learning_rate.ts";
import { tellRenamed } from "../../../train/config/legacy_keys.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { Stage1Cache } from "../../../train/run/stage1_cache.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { everyclass } from "../command.ts";
import { folder, load, refuses, set } from "./config_text.ts";
import { Problem } from "../problem.ts";
import { root } from "../cli/recipes.ts";

/** What a run is told. */
function told(): string {
  let text = "";
  tellRenamed(new TerminalProgress({ mode: "lines", write: (line) => text += line }));
  return text;
}

const trained = async (yaml: string, ...pairs: string[]) => {
  const file = join(folder, "recipe.yaml");
  await Deno.writeTextFile(file, yaml);
  return loadConfigOf(trainingConfig, file, { set: pairs });
};

Deno.test("a file of finetune by the keys of the version before is read, and told of once", async () => {
  told();
  const old = "loss: gml+las\ngamma: 1\nlambda: 0.5\nsmoothing: { head: 0.3 }\nmargin: 0.4\n" +
    "optimizer: { lr: 0.1, steps: [2, 9], gamma: 0.5, nesterov: true }\n";
  const now = "loss: { name: gml+las, gamma: 1, lambda: 0.5, smoothing: { head: 0.3 }, margin: 0.4 }\n" +
    "optimizer: { lr: 0.1, schedule: { kind: steps, steps: [2, 9], factors: [0.5, 0.25] }, nesterov: true }\n";
  const config = await load(old);
  assertEquals(
    told(),
    "config: gamma is now loss.gamma, lambda is now loss.lambda, smoothing is now loss.smoothing, margin is now " +
      "loss.margin, optimizer.steps is now optimizer.schedule.steps, optimizer.gamma is now " +
      "optimizer.schedule.factors\n",
  );
  assertEquals(config, await load(now));
  assertEquals(await load(configToYaml(config)), config);
  assertEquals(told(), "");
});

Deno.test("a file of train by the keys of the version before is read, and told of once", async () => {
  const policy = "data: { augment: { policy: paco } }\nloss: { name: balanced-softmax }\n";
  const config = await trained(`${policy}optimizer: { warmup: 3 }\npaco: { gamma: 0.5 }`);
  assertEquals(
    told(),
    "config: optimizer.warmup is now optimizer.schedule.warmup, paco.gamma is now paco.negatives\n",
  );
  const now = `${policy}optimizer: { schedule: { warmup: 3 } }\npaco: { negatives: 0.5 }`;
  assertEquals(config, await trained(now));
  assertEquals([config.optimizer.schedule.warmup, config.paco?.negatives], [3, 0.5]);
  assertEquals(told(), "");
});

Deno.test("--set takes the keys of the version before, each over what came before it", async () => {
  const schedule = async (yaml: string, ...pairs: string[]) => {
    const { optimizer: { schedule: { kind, steps, factors } } } = await load(yaml, set(...pairs));
    assertEquals(kind, "steps");
    return [steps, factors];
  };
  const [older, newer] = [
    "optimizer: { steps: [4], gamma: 0.1 }",
    "optimizer: { schedule: { steps: [4], factors: [0.1] } }",
  ];
  assertEquals(await schedule("", "optimizer.steps=[]"), [[], []]);
  assertEquals(await schedule("", "optimizer.steps=[3, 6]"), [[3, 6], [0.2, 0.04]]);
  assertEquals(await schedule("", "optimizer.gamma=0.5"), [[5], [0.5]]);
  assertEquals(await schedule("optimizer: { schedule: { kind: cosine } }", "optimizer.steps=[1]"), [[1], [
    0.2,
  ]]);
  for (const yaml of [older, newer]) {
    assertEquals(await schedule(yaml), [[4], [0.1]]);
    assertEquals(await schedule(yaml, "optimizer.steps=[2, 3]"), [[2, 3], [0.1, 0.01]]);
    assertEquals(await schedule(yaml, "optimizer.steps=[]", "optimizer.steps=[2, 3]"), [[2, 3], [0.1, 0.01]]);
    assertEquals(await schedule(yaml, "optimizer.gamma=0.3", "optimizer.steps=[7]"), [[7], [0.3]]);
    assertEquals(await schedule(yaml, "optimizer={ steps: [7], gamma: 0.3 }"), [[7], [0.3]]);
    assertEquals(await schedule(yaml, "optimizer.steps=[7]", "optimizer.schedule.factors=[0.6]"), [[7], [
      0.6,
    ]]);
  }
  const { optimizer: { schedule: changed } } = await load(
    older,
    set("optimizer.schedule.kind=cosine", "optimizer.lr=1"),
  );
  assertEquals(changed.kind, "cosine");
  const { loss } = await load(
    "loss: { name: focal, margin: 1 }",
    set("gamma=0.5", "smoothing.tail=0", "loss=las"),
  );
  assertEquals([loss.name, loss.gamma, loss.margin, loss.smoothing], ["las", 0.5, 1, { head: 0.4, tail: 0 }]);
  const { optimizer } = await trained("", "optimizer.warmup=4");
  assertEquals(optimizer.schedule.warmup, 4);
  told();
});

Deno.test("a name of a loss stands for the loss in both commands, and is nothing to tell", async () => {
  const [{ loss }, { loss: weighted }] = [
    await load("loss: las"),
    await trained("loss: { weights: inverse }", "loss=focal"),
  ];
  assertEquals([loss.name, weighted.name, weighted.weights], ["las", "focal", "inverse"]);
  assertEquals(told(), "");
});

Deno.test("what is wrong with an old key is told by its new name, and beside that it is refused", async () => {
  await refuses("gamma: -1", RangeError, ["loss.gamma takes a number of at least 0, current value is -1"]);
  await refuses("optimizer: { gamma: fast }", TypeError, ["optimizer.schedule.factors takes", '["fast"]']);
  await refuses("optimizer: { gamma: 0 }", RangeError, ["optimizer.schedule.factors takes", "[0]"]);
  await refuses("optimizer: { steps: [a] }", TypeError, ["optimizer.schedule.steps takes a list", '["a"]']);
  await refuses("optimizer: { steps: 3 }", TypeError, [
    "optimizer.schedule.steps takes a list",
    "value is 3",
  ]);
  await refuses("optimizer: { steps: [5, 5] }", RangeError, ["ascending, current value is [5,5]"]);
  await refuses("", TypeError, ["loss.smoothing takes head and tail"], ["smoothing=3", "smoothing.tail=0"]);
  const nearest = "gamma is not a key; the nearest is loss.gamma";
  await refuses("gamma: 1\nloss: { gamma: 2 }", RangeError, [nearest]);
  await refuses("gamma: 1\nloss: 3", TypeError, [nearest, "loss takes a name"]);
  const both = "optimizer: { steps: [1], schedule: { steps: [2] } }";
  await refuses(both, RangeError, ["optimizer.steps is not a key; the nearest is optimizer.schedule.steps"]);
  told();
});

Deno.test("steps by gamma come to the learning rates of the version before, to the bit", async () => {
  /** The learning rate of an epoch as the version before worked it out. */
  const before = (lr: number, steps: readonly number[], gamma: number, epoch: number) =>
    Number(steps.filter((step) => epoch >= step).reduce((rate) => rate * gamma, lr).toPrecision(12));
  const epochs = Array.from({ length: 8 }, (_, epoch) => epoch);
  for (const lr of [0.05, 0.1, 0.2, 0.3, 1e-9, 0.0123]) {
    for (const gamma of [0.1, 0.2, 0.3, 0.5, 0.7, 0.97, 1 / 3, 3, 1e-3]) {
      for (const steps of [[], [1], [1, 2], [2, 3, 5], [1, 2, 3, 4, 5, 6]]) {
        const { optimizer } = await load(
          "",
          set(`optimizer={ lr: ${lr}, steps: [${steps}], gamma: ${gamma} }`),
        );
        const later = await load(
          `optimizer: { steps: [${steps}], gamma: ${gamma} }`,
          set(`optimizer.lr=${lr}`),
        );
        assertEquals(later.optimizer, optimizer);
        const rates = epochs.map(learningRates(optimizer, 8));
        assertEquals(
          rates,
          epochs.map((epoch) => before(lr, steps, gamma, epoch)),
          `${lr} ${gamma} ${steps}`,
        );
      }
    }
  }
  // All of the shipped recipes of finetune multiplied by 0.2, once.
  for (const { name } of Deno.readDirSync(join(root, "configs"))) {
    const file = join(root, "configs", name);
    if (!name.endsWith(".yaml") || await taskOf(file) !== "finetune") continue;
    const { optimizer, epochs } = await loadConfig(file);
    const rate = learningRates(optimizer, epochs);
    for (let epoch = 0; epoch < epochs; epoch++) {
      assertEquals(rate(epoch), before(optimizer.lr, optimizer.schedule.steps, 0.2, epoch), name);
    }
  }
  told();
});

Deno.test("a cached stage 1 has the name that the version before gave it", async () => {
  const images = newImageSet(2, 1, 1, 1, ["0", "1"]);
  images.images.set([3, 4]);
  images.labels.set([0, 1]);
  const stage1 = new Map([["w", Float32Array.of(1, 2)]]);
  const setup = { stage1, train: images, dataset: { test: images } } as unknown as Setup;
  const nameOf = async (recipe: string, ...pairs: string[]) => {
    const config = await loadConfigOf(trainingConfig, join(root, "configs", `${recipe}.yaml`), {
      set: pairs,
    });
    return basename(new Stage1Cache("cache", setup, config).path);
  };
  const before = ["epochs=6", "data.augment={}"];
  assertEquals(
    await nameOf("fashion-lt-ce", ...before),
    "fashion-mnist-resnet8-3a0bf1f00644c611.safetensors",
  );
  assertEquals(await nameOf("cifar100-lt-ce-drw"), "cifar100-resnet32-51eb6092f7135f1e.safetensors");
  assertEquals(await nameOf("cifar100-lt-paco"), "cifar100-resnet32-4eed29bc1ee357fe.safetensors");
  assertEquals(await nameOf("cifar100-lt-mislas-stage2"), "cifar100-resnet32-4dbf9b9e8283cbd2.safetensors");
  const others = ["optimizer.schedule.kind=constant", "optimizer.schedule.warmup=2", "optimizer.name=adamw"];
  for (const pair of others) {
    assertNotEquals(await nameOf("fashion-lt-ce", pair), await nameOf("fashion-lt-ce"));
  }
});

Deno.test("a run tells what its keys are called now, once, and not to who asked for quiet", async () => {
  const problem = new Problem();
  for (const [name, more, lines] of [["told", [], 1], ["quiet", ["--quiet"], 0]] as const) {
    const { code, err } = await everyclass(["evaluate", ...problem.flags(name, "gamma=1 gamma=3"), ...more]);
    assertEquals(code, 0, err);
    const said = err.split("\n").filter((line) => line === "config: gamma is now loss.gamma");
    assertEquals([said.length, err.split("is now").length - 1], [lines, lines], err);
    assertEquals((await loadConfig(problem.path(name, "config.yaml"))).loss.gamma, 3);
  }
  assertEquals(told(), "");
});

Deno.test("an old config of another command is refused as such", async () => {
  await Deno.writeTextFile(join(folder, "old.yaml"), "loss: gml\ngamma: 2\noptimizer: { steps: [1] }\n");
  await assertRejects(
    () => loadConfigOf(trainingConfig, join(folder, "old.yaml")),
    RangeError,
    "it takes one of deno task train, current is one of deno task finetune",
  );
});

import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { initState, networkOf } from "../../../engine/mod.ts";
import { classWeights } from "../../../train/trainer/methods/class_weights.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { configKey, configKeys, unreached } from "../../../train/config/schema/keys.ts";
import { learningRates } from "../../../train/trainer/learning_rate.ts";
import { trainingConfig, trainSchema } from "../../../train/config/schema/train.ts";

const shipped = (name: string) =>
  loadConfigOf(trainingConfig, fileURLToPath(new URL(`../../../configs/${name}.yaml`, import.meta.url)));

Deno.test("the defaults of train are those of its default run", async () => {
  assertEquals(await shipped("fashion-lt-ce"), trainSchema.parse({}));
});

Deno.test("the recipe of cross-entropy holds the field's values", async () => {
  const { optimizer, epochs, batch, network } = await shipped("cifar100-lt-ce");
  assertEquals([epochs, batch, network], [200, 128, "resnet32"]);
  assertEquals([optimizer.momentum, optimizer.nesterov, optimizer.weightDecay], [0.9, false, 0.0002]);
  const rate = learningRates(optimizer, epochs);
  assertEquals([0, 2, 4, 5, 159, 160, 179, 180, 199].map(rate), [
    ...[0.02, 0.06, 0.1, 0.1, 0.1],
    ...[0.001, 0.001, 0.00001, 0.00001],
  ]);
  const cosine = learningRates({
    ...optimizer,
    schedule: { ...optimizer.schedule, kind: "cosine", warmup: 0 },
  }, 10);
  assertEquals([cosine(0), cosine(5)], [0.1, 0.05]);
});

Deno.test("the recipe of PaCo holds the method's values", async () => {
  const { optimizer, epochs, paco, data: { augment } } = await shipped("cifar100-lt-paco");
  const rate = learningRates(optimizer, epochs);
  assertEquals([0, 9, 319, 320, 360, 399].map(rate), [0.005, 0.05, 0.05, 0.005, 0.0005, 0.0005]);
  const constants = { temperature: 0.05, alpha: 0.01, beta: 1, negatives: 1 };
  assertEquals(paco, { queue: 1024, momentum: 0.999, features: 32, ...constants });
  assertEquals(trainSchema.parse({ paco: {} }).paco, paco);
  assertEquals(augment, { policy: "paco", pad: 4, flip: true, whole: false, jitter: null, cutout: 16 });
});

Deno.test("faults between training keys are told", async () => {
  for (
    const [pair, message] of [
      [
        "optimizer.schedule.steps=[5, 3]",
        "optimizer.schedule.steps takes a list of whole numbers of at least 1, ascending",
      ],
      [
        "optimizer.schedule.factors=[1]",
        "optimizer.schedule.factors takes as many numbers as there are steps (2)",
      ],
      ["loss.deferred=3", "loss.deferred takes null without weights to defer, current value is 3"],
      [
        "loss.name=focus",
        "loss.name takes one of gml, gml+las, las, ce, ce-weighted, balanced-softmax, focal",
      ],
      ["loss.gamma=-1", "loss.gamma takes a number of at least 0"],
      ["loss.smoothing.head=1", "loss.smoothing.head takes a number from 0 to below 1"],
      ["batch=1", "batch takes a whole number from 2 to 1048576"],
      [
        "data.augment.policy=paco",
        "data.augment.policy takes crop-flip, resized-crop, autoaugment or simclr",
      ],
      [
        "loss.name=ldam",
        'head takes cosine with ldam, which sets margins between cosines, current value is "linear"',
      ],
      ["train=scale", "head takes scaled with train scale: no other has scales to train"],
      ["epochs=0", "epochs takes a whole number of at least 1, or 0 with classifier tau-norm"],
      ["head=cosinus", "head takes one of linear, cosine, scaled"],
      ["mixup=0", "mixup takes a number above 0, or null"],
      ["views=4", "no such key"],
    ]
  ) {
    const set = ["optimizer.schedule.kind=steps", pair];
    const error = await assertRejects(() => loadConfigOf(trainingConfig, null, { set }), Error);
    assertStringIncludes(error.message, message);
  }
  const set = ["loss.name=gml", "loss.weights=inverse"];
  const { message } = await assertRejects(() => loadConfigOf(trainingConfig, null, { set }), RangeError);
  assertStringIncludes(message, "loss.weights takes none with gml");
  const scale = ["head=scaled", "train=scale", "optimizer.classifierFactor=0.2"];
  const both = ["head=cosine", "classifier=tau-norm"];
  for (
    const [set, part] of [
      [scale, "optimizer.classifierFactor takes 1 with train scale"],
      [both, "classifier takes warm or reinit with a cosine head"],
    ] as const
  ) {
    const error = await assertRejects(
      () => loadConfigOf(trainingConfig, null, { set: [...set] }),
      RangeError,
    );
    assertStringIncludes(error.message, part);
  }
});

Deno.test("a recipe may be shortened by its epochs alone, and is told of what it does not reach", async () => {
  const file = fileURLToPath(new URL("../../../configs/cifar100-lt-ce-drw.yaml", import.meta.url));
  const toldOf = async (...set: string[]) =>
    unreached(trainingConfig, await loadConfigOf(trainingConfig, file, { set }));
  assertEquals(await toldOf(), []);
  const counted = "not reached: epochs are counted from 0 to 3";
  assertEquals(await toldOf("epochs=4"), [
    `160 and 180 of optimizer.schedule.steps are ${counted}`,
    `160 of loss.deferred is ${counted}`,
  ]);
  assertEquals(await toldOf("epochs=4", "optimizer.schedule.kind=cosine", "loss.deferred=null"), []);
  assertEquals(await toldOf("epochs=0", "classifier=tau-norm"), []);
});

Deno.test("every training key has its words for the messages", () => {
  for (const key of configKeys(trainSchema)) {
    assertEquals(configKey(trainSchema, key.split(".")).takes === "", false, key);
  }
});

Deno.test("weights of the classes have the sum of their number", () => {
  const counts = Uint32Array.of(500, 50, 5);
  assertEquals([...classWeights("none", counts, 0.9999)], [1, 1, 1]);
  const inverse = classWeights("inverse", counts, 0.9999);
  assertAlmostEquals(inverse[2] / inverse[0], 100, 1e-4);
  const effective = classWeights("effective", counts, 0.9999);
  assertAlmostEquals(effective[2] / effective[0], (1 - 0.9999 ** 500) / (1 - 0.9999 ** 5), 1e-4);
  for (const weights of [inverse, effective]) assertAlmostEquals(weights.reduce((a, b) => a + b), 3, 1e-5);
});

Deno.test("a network drawn from a seed is Kaiming-normal, and another for another seed", () => {
  const network = networkOf("resnet8", { classes: 10, channels: 3 });
  const state = initState(network, 7);
  assertEquals(state, initState(network, 7));
  const weight = state.get("layer3.0.conv2.weight")!; // [64, 64, 3, 3]
  const square = weight.reduce((sum, value) => sum + value ** 2, 0) / weight.length;
  // 36,864 draws: the relative standard error of a variance is sqrt(2 / n) = 0.7 %.
  assertAlmostEquals(square, 2 / (64 * 9), 0.03 * 2 / (64 * 9));
  assertEquals(new Set(state.get("bn1.weight")), new Set([1]));
  assertEquals(new Set(state.get("bn1.running_mean")), new Set([0]));
  assertEquals(new Set(state.get("bn1.running_var")), new Set([1]));
  assertEquals(weight[0] === initState(network, 8).get("layer3.0.conv2.weight")![0], false);
  assertEquals(weight[0] === state.get("layer3.0.conv1.weight")![0], false);
});

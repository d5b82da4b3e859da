// Published weights in a run: network and normalisation are theirs, the classifier is new.

import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Dataset, newImageSet } from "../../../data/mod.ts";
import { writeSafetensors } from "../../../engine/mod.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import type { PublishedFiles } from "../../../train/pretrained/published.ts";
import { setUp, type SetupOptions } from "../../../train/setup/set_up.ts";
import { reinitOf, startOf } from "../../../train/setup/start.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { everyclass } from "../command.ts";
import { Problem, quiet, randomState } from "../problem.ts";

const problem = new Problem();
const mirror = problem.path("weights");
Deno.mkdirSync(mirror);

// A file as torchvision's, of made-up numbers.
const state = randomState("resnet18", 1000, 3);
const bytes = writeSafetensors(state);
const digits = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
const file = `resnet18-${digits}.pth`;
const published: PublishedFiles = {
  resnet18: {
    network: "resnet18",
    weights: "IMAGENET1K_V1",
    file,
    size: bytes.length / 2 ** 20,
    resize: 256,
  },
};
Deno.writeFileSync(join(mirror, file), bytes);

function images(channels: number): Dataset {
  const set = newImageSet(4, 20, 20, channels, ["a", "b"]);
  for (let i = 0; i < 4; i++) set.labels[i] = i % 2;
  const level = Array.from({ length: channels }, () => 0.5);
  return {
    name: "made up",
    origin: "",
    train: set,
    test: set,
    classNames: ["a", "b"],
    mean: level,
    std: level,
  };
}

const config = (...set: string[]) =>
  loadConfigOf(trainingConfig, null, {
    set: ["pretrained=resnet18", "data.ratio=1", `mirror=${mirror}`, ...set],
  });

async function open(more: Partial<SetupOptions> = {}, progress: TerminalProgress = quiet) {
  const own = await config();
  const options = {
    cache: problem.path("cache"),
    dataset: images(3),
    published,
    reinit: reinitOf(own),
    ...more,
  };
  return { setup: await setUp(own, progress, options), config: own };
}

Deno.test("the backbone is the file's, the classifier is drawn, images are normalised by ImageNet's numbers", async () => {
  let told = "";
  const { setup, config } = await open(
    {},
    new TerminalProgress({ mode: "lines", write: (text) => told += text }),
  );
  using _ = setup;
  const { network, stage1, initialized, dataset } = setup;
  assertEquals([network.name, network.classes, dataset.name], ["resnet18", 2, "made up"]);
  assertEquals(stage1.get("layer4.1.conv2.weight"), state.get("layer4.1.conv2.weight")!.data as Float32Array);
  assertEquals(stage1.get("bn1.running_var"), state.get("bn1.running_var")!.data as Float32Array);
  assertEquals(initialized, ["fc.weight", "fc.bias"]);
  assertEquals(startOf(setup, config).get("fc.bias"), new Float32Array(2));
  [...dataset.mean, ...dataset.std].forEach((value, i) =>
    assertAlmostEquals(value, [0.485, 0.456, 0.406, 0.229, 0.224, 0.225][i])
  );
  assertEquals(told, "Initialised, as the checkpoint has no values that fit: fc\n");
});

Deno.test("data.mean and data.std take the place of ImageNet's numbers", async () => {
  const own = await config("data.mean=[0.1, 0.2, 0.3]");
  const options = {
    cache: problem.path("cache"),
    dataset: images(3),
    published,
    reinit: reinitOf(own),
  };
  using setup = await setUp(own, quiet, options);
  assertEquals([setup.dataset.mean, setup.dataset.std], [[0.1, 0.2, 0.3], [0.229, 0.224, 0.225]]);
});

Deno.test("grey images, and a run that needs a trained classifier, are refused before anything is fetched", async () => {
  const none = { published: {} }; // nothing could be fetched
  await assertRejects(
    () => open({ ...none, dataset: images(1) }),
    RangeError,
    "Cannot take pretrained resnet18: it takes images of 3 channels, current ones have 1",
  );
  await assertRejects(
    () => open({ ...none, reinit: undefined }),
    TypeError,
    "Cannot start: it takes a checkpoint of these classes, current config has pretrained resnet18 alone",
  );
});

Deno.test("a checkpoint that goes on from published weights keeps their normalisation, and nothing is fetched", async () => {
  const own = problem.path("own.safetensors");
  Deno.writeFileSync(own, writeSafetensors(randomState("resnet18", 2, 3)));
  const set = [`checkpoint=${own}`, "classifier=warm"];
  const options = { cache: problem.path("cache"), dataset: images(3), published: {} };
  using setup = await setUp(await config(...set), quiet, options);
  assertEquals([setup.initialized, setup.dataset.mean], [[], [0.485, 0.456, 0.406]]);
});

Deno.test("evaluate and finetune tell what they take in place of weights that they cannot have", async () => {
  const run = (task: string) =>
    everyclass([
      ...[task, ...problem.flags(task, "pretrained=resnet18", { checkpoint: null })],
      ...["--set", `mirror=${problem.path("nowhere")}`],
    ]);
  const evaluated = await run("evaluate");
  assertEquals(evaluated.code, 1);
  assertStringIncludes(evaluated.err, "give what was trained from it with --checkpoint FILE");
  const trained = await run("finetune");
  assertStringIncludes(trained.err, "it takes images of 3 channels, current ones have 1");
});

// The keys that say which weights a run begins with.

import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";
import { type ConfigFlags, loadConfigOf } from "../../../train/config/load.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { networkNames } from "../../../engine/mod.ts";
import { pretrainedNames, published } from "../../../train/pretrained/published.ts";

const folder = fileURLToPath(new URL("../../../configs/folder.yaml", import.meta.url));
const finetune = (set: string[], flags: Partial<ConfigFlags> = {}, file = folder) =>
  loadConfigOf(finetuneConfig, file, { set, ...flags });

function yaml(text: string): string {
  const path = join(Deno.makeTempDirSync(), "own.yaml");
  Deno.writeTextFileSync(path, text);
  return path;
}

Deno.test("no published weights are the default, and a config without them is as it was", async () => {
  for (const kind of [finetuneConfig, trainingConfig]) {
    const { pretrained, mirror, checkpointKey, checkpointRename } = await loadConfigOf<
      Record<"pretrained" | "mirror" | "checkpointKey" | "checkpointRename", unknown>
    >(kind as never, null);
    assertEquals([pretrained, mirror, checkpointKey, checkpointRename], [null, null, null, null]);
  }
});

Deno.test("published weights that --set names bring network, image size and a new classifier in place of the file's", async () => {
  for (const name of pretrainedNames) {
    const { network, classifier, stage1, data } = await finetune([`pretrained=${name}`]);
    const { network: own, resize } = published[name];
    assertEquals(networkNames.includes(own), true);
    assertEquals([network, classifier, stage1], [own, "reinit", null]);
    assertEquals([data.resize, data.size], [resize, 224]);
  }
  // Other keys that are set count too.
  const { data, classifier } = await finetune(["data.size=96", "data.resize=100", "pretrained=resnet18"]);
  assertEquals([data.size, data.resize, classifier], [96, 100, "reinit"]);
  const { network, stage1, data: small } = await finetune(["pretrained=resnet18", "pretrained=null"]);
  assertEquals([network, small.size, stage1 !== null], ["resnet10", 64, true]);
});

Deno.test("published weights that a file names leave what the file says besides", async () => {
  const file = yaml("pretrained: resnet50-v2\ndata: { source: folder, size: 160 }\n");
  const { network, classifier, data } = await finetune([], {}, file);
  assertEquals([network, classifier, data.resize, data.size], ["resnet50", "reinit", 232, 160]);
  const cifar = await finetune([], {}, yaml("pretrained: resnet18\ndata: { source: cifar10 }\n"));
  assertEquals([cifar.network, cifar.data.size], ["resnet18", 224]); // its images have a size of their own
  const other = await finetune(["pretrained=resnet18"], {}, file);
  assertEquals([other.network, other.data.resize, other.data.size], ["resnet18", 256, 224]);
  const { train, ...rest } = await loadConfigOf(trainingConfig, yaml("pretrained: resnet18\n"));
  assertEquals([train, rest.network, rest.classifier], ["all", "resnet18", "reinit"]);
});

Deno.test("a checkpoint takes the place of the published weights, and keeps its classifier", async () => {
  const { network, classifier, checkpoint, data, pretrained } = await finetune(["pretrained=resnet18"], {
    checkpoint: "own.pt",
  });
  assertEquals([network, classifier, checkpoint], ["resnet18", "warm", resolve("own.pt")]);
  assertEquals([data.size, pretrained], [224, "resnet18"]);
});

Deno.test("a mirror is a folder or an address, by a key or a flag", async () => {
  const mirror = async (set: string[], flags = {}) =>
    (await finetune(["pretrained=resnet18", ...set], flags)).mirror;
  assertEquals(await mirror(["mirror=https://a.example/b"]), "https://a.example/b");
  assertEquals(await mirror(["mirror=weights"]), resolve("weights"));
  assertEquals(await mirror(["mirror=weights"], { mirror: "other" }), resolve("other"));
  assertEquals(await mirror([], { mirror: "HTTP://localhost:80/" }), "HTTP://localhost:80/");
  const file = yaml("pretrained: resnet18\nmirror: beside\n");
  assertEquals((await finetune([], {}, file)).mirror, join(file, "../beside"));
});

for (
  const [set, message] of [
    [["pretrained=resnet19"], "pretrained takes one of resnet18, resnet34, resnet50, resnet50-v2, "],
    [
      ["pretrained=resnet18", "network=resnet50"],
      "network takes resnet18 with pretrained resnet18, current value is",
    ],
    [
      ["pretrained=resnet18", "classifier=warm"],
      "classifier takes reinit with pretrained resnet18, whose classes",
    ],
    [
      ["pretrained=resnet18", "stage1=x.yaml"],
      "stage1 takes null with pretrained resnet18, which is the stage 1",
    ],
    [["mirror=weights"], "mirror takes null without pretrained, whose files it has"],
    [["checkpointKey=state_dict_ema"], "checkpointKey takes null without a checkpoint, whose key it is"],
    [
      ["checkpointRename={ a: b }"],
      "checkpointRename takes null without a checkpoint, whose names these are",
    ],
    [
      ["checkpoint=a.pt", "checkpointRename=[a]"],
      "checkpointRename takes names of the checkpoint and what each becomes",
    ],
    [["checkpoint=a.pt", "checkpointRename={ a: 3 }"], "checkpointRename"],
  ] as [string[], string][]
) {
  Deno.test(`--set ${set.join(" ")} is refused`, async () => {
    await assertRejects(() => finetune(set), Error, message);
  });
}

Deno.test("names are given on the command line or in a file, where more come to them", async () => {
  const rename = async (set: string[], file: string) =>
    (await finetune(["checkpoint=a.pt", ...set], {}, file)).checkpointRename;
  const file = yaml("checkpointRename: { stem.0: conv1, projector: null }\n");
  assertEquals(await rename([], file), { "stem.0": "conv1", projector: null });
  assertEquals(await rename(["checkpointRename={ stem.1: bn1 }"], file), {
    "stem.0": "conv1",
    "stem.1": "bn1",
    projector: null,
  });
});

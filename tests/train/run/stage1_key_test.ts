// The names of cached stage 1: a key that a recipe does not use must not change them, or all is trained once more.

import { assertEquals, assertNotEquals } from "@std/assert";
import { basename } from "node:path";
import { newImageSet } from "../../../data/mod.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { Stage1Cache } from "../../../train/run/stage1_cache.ts";
import type { Setup } from "../../../train/setup/setup.ts";

const images = newImageSet(2, 1, 1, 1, ["0", "1"]);
const stage1 = new Map([["w", Float32Array.of(1, 2)]]);
const setup = { stage1, train: images, dataset: { test: images } } as unknown as Setup;

/** The recipe of the default run before it took fewer epochs, of images as they are. */
const DEFAULT = ["epochs=6", "data.augment={}"];

/** The recipe of folder-ce.yaml before it took more steps. */
const FOLDER = ["minSteps=0", "batch=64", "optimizer.lr=0.1"];

async function nameOf(file: string | null, ...set: string[]): Promise<string> {
  const path = file && decodeURIComponent(new URL(`../../../configs/${file}`, import.meta.url).pathname);
  return basename(new Stage1Cache("cache", setup, await loadConfigOf(trainingConfig, path, { set })).path);
}

for (
  const [file, recipe, name] of [
    [null, [], "fashion-mnist-resnet8-81045aa1d4b34a27.safetensors"],
    [null, DEFAULT, "fashion-mnist-resnet8-e1813fb1bb781cab.safetensors"],
    ["cifar100-lt-ce.yaml", [], "cifar100-resnet32-c19c59110cc49881.safetensors"],
  ] as const
) {
  const words = [file ?? "the default", ...recipe].join(" ");
  Deno.test(`a stage 1 by ${words} is found where the version before kept it`, async () => {
    assertEquals(await nameOf(file, ...recipe), name);
    assertNotEquals(await nameOf(file, ...recipe, "optimizer.lr=0.3"), name);
  });
}

Deno.test("keys of AdamW change no name of a stage 1 while they are at their defaults", async () => {
  // Both names are of the version before betas and eps were keys.
  assertEquals(await nameOf(null, ...DEFAULT), "fashion-mnist-resnet8-e1813fb1bb781cab.safetensors");
  const adamw = [...DEFAULT, "optimizer.name=adamw", "optimizer.lr=0.001"];
  const plain = "fashion-mnist-resnet8-dcbc53c4061fcc6e.safetensors";
  assertEquals(await nameOf(null, ...adamw), plain);
  const others = [
    await nameOf(null, ...adamw, "optimizer.betas=[0.9, 0.95]"),
    await nameOf(null, ...adamw, "optimizer.eps=1e-6"),
  ];
  assertEquals(new Set([plain, ...others]).size, 3);
});

Deno.test("minSteps changes the name of a stage 1 only by the epochs that it comes to", async () => {
  const cosine = ["optimizer.schedule.kind=cosine", "epochs=6"];
  assertEquals(await nameOf(null, ...cosine, "minSteps=6"), await nameOf(null, ...cosine));
});

Deno.test("a stage 1 by folder-ce.yaml as it was is found where the version before kept it", async () => {
  assertEquals(await nameOf("folder-ce.yaml", ...FOLDER), "folder-resnet10-e6c647de78574e10.safetensors");
  assertNotEquals(await nameOf("folder-ce.yaml"), await nameOf("folder-ce.yaml", ...FOLDER));
});

// The name of a stage 1 in the cache: what a version before kept is found as long as it would be trained the same.

import { assertEquals } from "@std/assert";
import { basename } from "node:path";
import { newImageSet } from "../../../data/mod.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/train.ts";
import { Stage1Cache } from "../../../train/run/stage1_cache.ts";
import type { Setup } from "../../../train/setup/setup.ts";

const images = newImageSet(2, 1, 1, 1, ["0", "1"]);
const stage1 = new Map([["w", Float32Array.of(1, 2)]]);
const setup = { stage1, train: images, dataset: { test: images } } as unknown as Setup;

async function nameOf(...set: string[]): Promise<string> {
  return basename(new Stage1Cache("cache", setup, await loadConfigOf(trainingConfig, null, { set })).path);
}

Deno.test("keys of AdamW change no name of a stage 1 while they are at their defaults", async () => {
  // Both names are of the version before betas and eps were keys.
  assertEquals(await nameOf(), "fashion-mnist-resnet8-e1813fb1bb781cab.safetensors");
  const adamw = ["optimizer.name=adamw", "optimizer.lr=0.001"];
  const plain = "fashion-mnist-resnet8-dcbc53c4061fcc6e.safetensors";
  assertEquals(await nameOf(...adamw), plain);
  const others = [
    await nameOf(...adamw, "optimizer.betas=[0.9, 0.95]"),
    await nameOf(...adamw, "optimizer.eps=1e-6"),
  ];
  assertEquals(new Set([plain, ...others]).size, 3);
});

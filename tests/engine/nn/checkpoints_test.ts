// The public ResNet-32 checkpoints on CIFAR-100's test images: the predictions of PyTorch, image by image.

import { assertEquals } from "@std/assert";
import { loadDataset } from "../../../data/mod.ts";
import { matchState, parseCheckpoint } from "../../../formats/checkpoint/mod.ts";
import { cifarResNet } from "../../../engine/nn/resnet_cifar.ts";
import { loadState, stateShapes, tensorsOf } from "../../../engine/nn/state.ts";
import type { Family } from "../../../engine/graph/node.ts";
import { normalize } from "../../../engine/ops/norm/normalize.ts";
import { input } from "../../../engine/graph/source.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { sharedCheckpoints, sharedData } from "../../shared.ts";
import { deviceOf } from "../check.ts";
import { assertClose } from "../close.ts";
import { torchFile } from "../torch_cases.ts";

interface Answer {
  labels: number[];
  logits?: number[][];
}
const answers: Record<string, Answer> = JSON.parse(new TextDecoder().decode(torchFile("predictions.json")));
const CE = "cifar100-lt-ir100-resnet32-ce.pt";

/** Logits of the first images by each checkpoint, all by one plan whose weights are written anew. */
async function logitsOf(family: Family, files: string[], count: number, batch: number) {
  const device = await deviceOf(family);
  const { test, mean, std } = await loadDataset("cifar100", sharedData);
  const network = cifarResNet({ depth: 32, classes: 100 });
  using store = new Parameters(device, tensorsOf(network), "network");
  const images = normalize(input("images", [batch, 32, 32, 3], "u8"), { mean, std });
  const { features } = network.forward(images);
  const logits = network.classifier.logits(features);
  using plan = await Plan.make(device, { outputs: { logits }, parameters: [store] });

  const found: Float32Array[] = [];
  for (const file of files) {
    const { state } = parseCheckpoint(Deno.readFileSync(`${sharedCheckpoints}/${file}`));
    loadState([store], matchState(stateShapes(network), state));
    const all = new Float32Array(count * 100);
    for (let from = 0; from < count; from += batch) {
      plan.run({ images: new Uint8Array(test.images.subarray(from * 3072, (from + batch) * 3072)) });
      all.set(await plan.read("logits"), from * 100);
    }
    found.push(all);
  }
  return found;
}

function check(file: string, logits: Float32Array): void {
  const { labels, logits: first } = answers[file];
  const predicted = Array.from({ length: logits.length / 100 }, (_, image) => {
    const row = logits.subarray(image * 100, (image + 1) * 100);
    return row.indexOf(Math.max(...row));
  });
  assertEquals(predicted, labels.slice(0, predicted.length), file);
  // PyTorch's are of float32 as well, and kept with six digits.
  if (first) assertClose(file, logits.subarray(0, first.length * 100), first.flat(), { relative: 1e-4 });
}

const ignore = sharedData === null || sharedCheckpoints === null;

Deno.test({
  name: "three checkpoints predict what PyTorch predicts of 500 images, lane (needs ../shared)",
  ignore,
  fn: async () => {
    const files = Object.keys(answers);
    const logits = await logitsOf("lane", files, 500, 100);
    assertEquals(files.length, 3);
    files.forEach((file, i) => check(file, logits[i]));
  },
});

Deno.test({
  name: "a checkpoint predicts what PyTorch predicts of 64 images, tile (needs ../shared)",
  ignore,
  fn: async () => check(CE, (await logitsOf("tile", [CE], 64, 64))[0]),
});

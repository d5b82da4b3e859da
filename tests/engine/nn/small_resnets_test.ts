// Residual networks for small images whose shortcuts are convolutions beside PyTorch's, whose answers are in
// tests/fixtures/torch/small_resnets.safetensors.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { parseSafetensors } from "../../../formats/checkpoint/mod.ts";
import { networkNames, networkOf } from "../../../engine/nn/networks.ts";
import { stateShapes } from "../../../engine/nn/state.ts";
import { input } from "../../../engine/graph/source.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { torchFile } from "../torch_cases.ts";
import { pixels, storeOf, torchStep } from "./torch_step.ts";

const { state: answers, metadata } = parseSafetensors(torchFile("small_resnets.safetensors"));
const answer = (name: string) => answers.get(name)!.data as Float32Array;

const [HEIGHT, WIDTH] = [12, 16];
const options = { classes: 20, channels: 3 };
const names = Object.keys(metadata).filter((name) => networkNames.some((known) => known === name));

Deno.test("the fixture has every network whose shortcuts are convolutions of small images", () => {
  assertEquals(names.toSorted(), networkNames.filter((name) => /_(b|cifar)$/.test(name)).toSorted());
});

for (const name of names) {
  Deno.test(`${name} has PyTorch's names, shapes and numbers of parameters, and its own name`, () => {
    const network = networkOf(name, options);
    assertEquals(network.name, name);
    const listed = [...stateShapes(network)].map(([name, shape]) => `${name} ${JSON.stringify(shape)}`)
      .sort();
    const { digest, tensors, parameters } = JSON.parse(metadata[name]);
    assertEquals(listed.length, tensors);
    const trained = [...network.backbone, ...network.classifier.stored];
    assertEquals(trained.reduce((sum, { size }) => sum + size, 0), parameters);
    assertEquals(createHash("sha256").update(listed.join("\n")).digest("hex"), digest, listed.join(", "));
  });

  Deno.test(`${name} has PyTorch's logits`, async () => {
    // The deeper networks are of the same blocks, and slow with a GPU's kernels on a software adapter.
    const families = /resnet8_b|resnet18/.test(name) ? FAMILIES : ["lane"] as const;
    for (const family of families) {
      const device = await deviceOf(family);
      const network = networkOf(name, options);
      using store = storeOf(device, network);
      const { features } = network.forward(input("images", [2, HEIGHT, WIDTH, 3]));
      const logits = network.classifier.logits(features);
      using plan = await Plan.make(device, { outputs: { logits }, parameters: [store] });
      plan.run({ images: pixels(2, HEIGHT, WIDTH) });
      // Up to 110 layers of f32 sums against float64; PyTorch's own f32 is off by 1.1e-6.
      assertClose(`${family} logits`, await plan.read("logits"), answer(`${name}.logits`), {
        relative: 1e-5,
      });
    }
  });
}

for (const name of ["resnet8_b", "resnet18_cifar"]) {
  Deno.test(`a step of ${name} has PyTorch's loss, gradients and statistics`, async () => {
    const expected = [...answers.keys()].filter((key) => key.startsWith(`step of ${name}.`));
    const network = networkOf(name, options);
    const { backbone, statistics, classifier } = network;
    assertEquals(expected.length, 1 + backbone.length + statistics.length + classifier.tensors.length);
    for (const family of FAMILIES) {
      const size = { height: HEIGHT, width: WIDTH, kept: 12, frozen: [] };
      const { found } = await torchStep(family, network, size);
      for (const key of expected) {
        const [values, wanted] = [found.get(key.slice(`step of ${name}.`.length))!, answer(key)];
        const norm = (of: Iterable<number>) => Math.hypot(...of);
        const apart = norm(values.map((value, i) => value - wanted[i])) / norm(wanted);
        // Rounding comes to 1e-5; a rectifier whose input is 0 but for rounding may switch, and moves one value by 1e-2.
        assert(apart < 5e-3, `${family} ${key} is off by ${apart} of its length`);
      }
    }
  });
}

Deno.test("a small stem takes images of which something is left before the last stage", () => {
  const { forward } = networkOf("resnet18_cifar", options);
  assertEquals(forward(input("images", [2, 5, 32, 3])).features.shape, [2, 512]);
  assertThrows(
    () => forward(input("images", [2, 4, 32, 3])),
    ShapeError,
    "Cannot add resnet18_cifar to the graph: it takes images [N, H, W, C] of at least 5 x 5 pixels",
  );
});

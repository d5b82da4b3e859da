// Residual networks for large images beside torchvision's, whose answers are in tests/fixtures/torch/resnets.safetensors.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { parseSafetensors } from "../../../formats/checkpoint/mod.ts";
import type { Network } from "../../../engine/nn/network.ts";
import { networkNames, networkOf } from "../../../engine/nn/networks.ts";
import { resNet } from "../../../engine/nn/resnet.ts";
import { stateShapes } from "../../../engine/nn/state.ts";
import type { Family } from "../../../engine/graph/node.ts";
import { input, nameOf } from "../../../engine/graph/source.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { countedState } from "../counted.ts";
import { torchFile } from "../torch_cases.ts";
import { pixels, some, storeOf, torchStep } from "./torch_step.ts";

const { state: answers, metadata } = parseSafetensors(torchFile("resnets.safetensors"));
const answer = (name: string) => answers.get(name)!.data as Float32Array;

const CLASSES = 20;
const [HEIGHT, WIDTH] = [48, 64];
const large = ["resnet10", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d"];

/** The network of a case of the fixture. */
function networkFor(name: string): Network {
  const [, known, block] = /^(\S+)( with block)?$/.exec(name)!;
  if (known !== "resnext14_32x4d") {
    return networkOf(known, { classes: CLASSES, channels: 3, extraBlock: block !== undefined });
  }
  const groups = { groups: 32, groupWidth: 4 };
  return resNet({ name, block: "bottleneck", blocks: [1, 1, 1, 1], classes: CLASSES, ...groups });
}

const pixelsOf = (count: number) => pixels(count, HEIGHT, WIDTH);

for (const name of [...large, "resnext14_32x4d", "resnet50 with block"]) {
  Deno.test(`${name} has torchvision's names, shapes and numbers of parameters`, () => {
    const network = networkFor(name);
    const listed = [...stateShapes(network)].map(([name, shape]) => `${name} ${JSON.stringify(shape)}`)
      .sort();
    const { digest, tensors, parameters } = JSON.parse(metadata[name]);
    assertEquals(listed.length, tensors);
    const trained = [...network.backbone, ...network.classifier.stored];
    assertEquals(trained.reduce((sum, { size }) => sum + size, 0), parameters);
    assertEquals(createHash("sha256").update(listed.join("\n")).digest("hex"), digest, listed.join(", "));
    // Each tensor of the backbone is of one stage.
    for (const tensor of [...network.backbone, ...network.statistics]) {
      assertEquals(
        network.stages.filter((stage) => nameOf(tensor).startsWith(stage)).length,
        1,
        nameOf(tensor),
      );
    }
  });

  Deno.test(`${name} has PyTorch's logits`, async () => {
    // On a software adapter the kernels of a GPU take their time, and these networks are of the same blocks as others.
    const families = /resnet10$|resnext14/.test(name) ? FAMILIES : ["lane"] as const;
    for (const family of families) {
      const device = await deviceOf(family);
      const network = networkFor(name);
      using store = storeOf(device, network);
      const images = input("images", [2, HEIGHT, WIDTH, 3]);
      const { features } = network.forward(images);
      const logits = network.classifier.logits(features);
      using plan = await Plan.make(device, { outputs: { logits }, parameters: [store] });
      plan.run({ images: pixelsOf(2) });
      // Up to 155 layers of f32 sums against float64; PyTorch's own f32 is off by 1.5e-6.
      assertClose(`${family} logits`, await plan.read("logits"), answer(`${name}.logits`), {
        relative: 1e-5,
      });
    }
  });
}

/** A step in training mode: everything that the fixture has of it. */
const step = (family: Family, network: Network, frozen: readonly string[]) =>
  torchStep(family, network, { height: HEIGHT, width: WIDTH, kept: 40, frozen });

for (
  const [name, of, frozen] of [
    ["step", "resnet10", []],
    ["step of the last stage", "resnet10", ["conv1.", "bn1.", "layer1.", "layer2.", "layer3."]],
    ["step with groups", "resnext14_32x4d", []],
  ] as const
) {
  Deno.test(`a ${name} of ${of} has PyTorch's loss, gradients and statistics`, async () => {
    const network = networkFor(of);
    assertEquals([...network.stages.slice(0, frozen.length)], [...frozen]);
    const expected = [...answers.keys()].filter((key) => key.startsWith(`${name}.`));
    assert(expected.length > 10);
    const before = countedState(stateShapes(network));
    for (const family of FAMILIES) {
      const { found, plan } = await step(family, network, frozen);
      for (const key of expected) {
        const [values, wanted] = [found.get(key.slice(name.length + 1))!, answer(key)];
        const norm = (of: Iterable<number>) => Math.hypot(...of);
        const apart = norm(values.map((value, i) => value - wanted[i])) / norm(wanted);
        // Rounding comes to 1e-5; a rectifier whose input is 0 but for rounding may switch, and moves one value by 1e-2.
        assert(apart < 5e-3, `${family} ${key} is off by ${apart} of its length`);
      }
      // Nothing flows back into what is frozen: each convolution that is trained has its gradient once.
      const trained = network.backbone.filter((tensor) =>
        tensor.shape.length === 4 && !frozen.some((stage) => nameOf(tensor).startsWith(stage))
      );
      assertEquals(plan.filter((op) => op === "conv2d_filters_grad").length, trained.length);
      const still = network.statistics.map(nameOf).filter((key) => !answers.has(`${name}.new ${key}`));
      for (const key of still) assertEquals(found.get(`new ${key}`), some(before.get(key)!, 40), key);
    }
  });
}

Deno.test("images of which nothing is left before the last stage are refused", () => {
  const { forward } = networkOf("resnet10", { classes: 2, channels: 3 });
  const features = (height: number, width: number) =>
    forward(input("images", [2, height, width, 3])).features.shape;
  assertEquals(features(17, 224), [2, 512]);
  for (const [height, width] of [[16, 224], [224, 16]]) {
    assertThrows(
      () => features(height, width),
      ShapeError,
      `Cannot add resnet10 to the graph: it takes images [N, H, W, C] of at least 17 x 17 pixels, current inputs are ` +
        `f32 [2, ${height}, ${width}, 3]: a single pixel would be left`,
    );
  }
});

Deno.test("a network that there is not is refused, and those that there are named", () => {
  assertEquals(large.every((name) => networkNames.some((known) => known === name)), true);
  for (const name of ["vgg16", "resnet2", "toString"]) {
    assertThrows(
      () => networkOf(name, { classes: 10, channels: 3 }),
      RangeError,
      `Cannot build network ${name}: it takes one of resnet8, resnet14, `,
    );
  }
  for (const name of ["resnet32", "resnet18"]) {
    assertThrows(
      () => networkOf(name, { classes: 10, channels: 3, extraBlock: true }),
      RangeError,
      `Cannot build ${name} with an extra block: it takes one of resnet50, resnet101, resnet152, resnext50_32x4d`,
    );
  }
});

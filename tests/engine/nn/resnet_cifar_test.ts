import { assertEquals, assertThrows } from "@std/assert";
import { interpret } from "../../../engine/graph/interpret.ts";
import { matchState, parseCheckpoint, parseSafetensors } from "../../../formats/checkpoint/mod.ts";
import type { Network } from "../../../engine/nn/network.ts";
import { networkOf } from "../../../engine/nn/networks.ts";
import { cifarResNet } from "../../../engine/nn/resnet_cifar.ts";
import { loadState, stateShapes } from "../../../engine/nn/state.ts";
import { input, nameOf } from "../../../engine/graph/source.ts";
import type { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { torchFile } from "../torch_cases.ts";

const answers = parseSafetensors(torchFile("resnet8-narrow-answers.safetensors")).state;
const answer = (name: string) => answers.get(name)!.data as Float32Array;
const images = input("images", answers.get("images")!.shape);

function narrow(): { network: Network; state: Map<string, Float32Array> } {
  const network = cifarResNet({ depth: 8, classes: 10, widths: [8, 16, 32] });
  const { state } = parseCheckpoint(torchFile("resnet8-narrow.safetensors"));
  return { network, state: matchState(stateShapes(network), state) };
}

function storesOf(device: Device, network: Network, state: Map<string, Float32Array>) {
  const weights = new Parameters(device, [...network.backbone, ...network.classifier.tensors], "weights");
  const statistics = new Parameters(device, network.statistics, "statistics");
  loadState([weights, statistics], state);
  return { weights, statistics };
}

Deno.test("a narrow ResNet-8 has PyTorch's features and logits", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const { network, state } = narrow();
    const { weights, statistics } = storesOf(device, network, state);
    const { features } = network.forward(images);
    const logits = network.classifier.logits(features);
    const parameters = [weights, statistics];
    using plan = await Plan.make(device, { outputs: { features, logits }, parameters });
    plan.run({ images: answer("images") });
    for (const name of ["features", "logits"]) {
      // Ten layers of f32 sums against float64.
      assertClose(`${family} ${name}`, await plan.read(name), answer(name), { relative: 1e-5 });
    }
    // One node for each convolution with what follows it, two shortcuts, the pool, the linear layer; a node of the tile family
    // may have a second stage.
    const labels = [...new Set(plan.steps.map(({ node }) => node))].map(({ op }) => op.name);
    assertEquals(labels.filter((name) => name === "conv2d").length, 7);
    assertEquals(labels.filter((name) => ["batch_norm", "relu", "add"].includes(name)), []);
  }
});

Deno.test("with updated statistics a network normalises by the batch and moves its estimates", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const { network, state } = narrow();
    const { weights, statistics } = storesOf(device, network, state);
    const { features, updates } = network.forward(images, { training: true });
    assertEquals(updates.length, network.statistics.length / 2);

    const before = new Map([...await weights.read(), ...await statistics.read(), [images, answer("images")]]);
    const [expected, ...estimates] = interpret([features, ...updates], before);
    const parameters = [weights, statistics];
    using plan = await Plan.make(device, { outputs: { features }, updates, parameters });
    plan.run({ images: answer("images") });
    assertClose(`${family} features`, await plan.read("features"), expected, { relative: 1e-4 });
    const after = await statistics.read();
    updates.forEach(({ inputs: [mean, variance] }, i) => {
      const both = [...after.get(mean)!, ...after.get(variance)!];
      assertClose(`${family} ${nameOf(mean)}`, both, estimates[i], { relative: 1e-4 });
    });
  }
});

Deno.test("CIFAR residual networks have torch's names, shapes and numbers of parameters", () => {
  const sizes = (network: Network) =>
    [...network.backbone, ...network.classifier.tensors]
      .reduce((sum, { size }) => sum + size, 0);
  assertEquals(sizes(cifarResNet({ depth: 32, classes: 10 })), 464_154);
  assertEquals(sizes(networkOf("resnet20", { classes: 10, channels: 3 })), 269_722);

  const network = networkOf("resnet14", { classes: 7, channels: 1 });
  assertEquals([network.name, network.features, network.classes], ["resnet14", 64, 7]);
  const shapes = stateShapes(network);
  assertEquals(shapes.size, network.backbone.length + network.statistics.length + 2);
  assertEquals(shapes.get("conv1.weight"), [16, 1, 3, 3]);
  assertEquals(shapes.get("layer2.0.conv1.weight"), [32, 16, 3, 3]);
  assertEquals(shapes.get("layer3.1.bn2.running_var"), [64]);
  assertEquals(shapes.get("linear.weight"), [7, 64]);
  const { features, updates } = network.forward(input("x", [2, 28, 28, 1]));
  assertEquals([features.shape, updates], [[2, 64], []]);
});

Deno.test("a network that there is not is refused", () => {
  const text = "it takes a depth of 6 n + 2 (8, 14, 20, 32, …), current is 18";
  assertThrows(() => cifarResNet({ depth: 18, classes: 10 }), RangeError, text);
  assertThrows(() => cifarResNet({ depth: 2, classes: 10 }), RangeError, "current is 2");
});

// A step of a network as the scripts of tests/fixtures/torch make one: counted weights, images and labels.

import { crossEntropy } from "../../../engine/nn/losses.ts";
import type { Network } from "../../../engine/nn/network.ts";
import { loadState, readState, stateShapes, tensorsOf } from "../../../engine/nn/state.ts";
import type { Family, Tensor } from "../../../engine/graph/node.ts";
import { input, nameOf } from "../../../engine/graph/source.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import type { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf } from "../check.ts";
import { counted, countedState } from "../counted.ts";

/** Images [count, height, width, 3]. */
export function pixels(count: number, height: number, width: number): Float32Array {
  return new Float32Array(counted(1001, count * height * width * 3).map((u) => 3 * u - 1.5));
}

/** A network's counted weights on a device. */
export function storeOf(device: Device, network: Network): Parameters {
  const store = new Parameters(device, tensorsOf(network), "network");
  loadState([store], countedState(stateShapes(network)));
  return store;
}

/** A fixture's record of a tensor: some values and the norm. */
export function some(values: Float32Array, kept: number): number[] {
  const stride = Math.max(1, Math.floor(values.length / kept));
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  return [...Array.from({ length: Math.min(kept, values.length) }, (_, i) => values[i * stride]), norm];
}

/** A step in training mode on four images: everything that a fixture has of it, and the ops of its plan. */
export async function torchStep(
  family: Family,
  network: Network,
  { height, width, kept, frozen }: {
    height: number;
    width: number;
    kept: number;
    frozen: readonly string[];
  },
): Promise<{ found: Map<string, number[]>; plan: string[] }> {
  const device = await deviceOf(family);
  using store = storeOf(device, network);
  const trained = [...network.backbone, ...network.classifier.tensors]
    .filter((tensor) => !frozen.some((stage) => nameOf(tensor).startsWith(stage)));
  // Gradients are given back in torch's layout, as the weights are.
  const images = input("images", [4, height, width, 3]);
  const { features, updates } = network.forward(images, { training: true, frozen });
  const loss = crossEntropy(network.classifier.logits(features), input("labels", [4], "u32"));
  const gradients = new Map<string, Tensor>(
    grad(loss, trained).map((gradient, i) => [nameOf(trained[i]), gradient]),
  );
  using plan = await Plan.make(device, {
    outputs: { loss, ...Object.fromEntries(gradients) },
    updates,
    parameters: [store],
  });
  plan.run({ images: pixels(4, height, width), labels: Uint32Array.of(3, 17, 0, 8) });
  const values = await Promise.all([...gradients.keys()].map((name) => plan.read(name)));
  using turned = new Parameters(device, trained, "gradients");
  trained.forEach((tensor, i) => turned.write(tensor, values[i]));
  const found = new Map([["loss", [...await plan.read("loss")]]]);
  for (const [name, gradient] of await readState([turned])) found.set(`grad ${name}`, some(gradient, kept));
  const state = await readState([store]);
  for (const name of network.statistics.map(nameOf)) found.set(`new ${name}`, some(state.get(name)!, kept));
  const nodes = new Set(plan.steps.map(({ node }) => node));
  return { found, plan: [...nodes].map(({ op }) => op.name) };
}

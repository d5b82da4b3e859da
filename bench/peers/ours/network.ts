// Prepares residual networks by this project's own layers.

import {
  crossEntropy,
  type Device,
  grad,
  input,
  nameOf,
  networkOf,
  Parameters,
  Plan,
  sgd,
} from "../../../engine/mod.ts";
import type { Ready } from "../protocol.ts";
import { labelsOf, sampleOf, tensorValues, valuesOf } from "../values.ts";
import type { NetworkRun } from "../workloads.ts";

/** Plans a network's inference or training step. */
export async function prepareNetwork(
  device: Device,
  { network: name, pass, batch, side, classes }: NetworkRun,
): Promise<{ ready: Ready; owned: Disposable }> {
  const owned = new DisposableStack();
  const network = networkOf(name, { classes, channels: 3 });
  const trained = [...network.backbone, ...network.classifier.tensors];
  const weights = owned.use(new Parameters(device, trained, "weights"));
  for (const tensor of trained) weights.write(tensor, tensorValues(nameOf(tensor), tensor.shape));
  const statistics = owned.use(new Parameters(device, network.statistics, "running statistics"));
  for (const tensor of network.statistics) {
    statistics.write(
      tensor,
      new Float32Array(tensor.size).fill(nameOf(tensor).endsWith("running_var") ? 1 : 0),
    );
  }
  const images = input("images", [batch, side, side, 3]);
  const feeds = { images: valuesOf(1, images.size, 4) };
  const finish = () => device.finish();
  if (pass === "inference") {
    const logits = network.classifier.logits(network.forward(images).features);
    const plan = owned.use(
      await Plan.make(device, { outputs: { logits }, parameters: [weights, statistics] }),
    );
    const sample = async () => sampleOf(await plan.read("logits"));
    return { ready: { run: () => plan.run(feeds), finish, sample }, owned };
  }
  const optimizer = owned.use(sgd(weights, { momentum: 0.9, weightDecay: 2e-4 }));
  const { features, updates } = network.forward(images, { training: true });
  const logits = network.classifier.logits(features);
  const gradients = grad(crossEntropy(logits, input("labels", [batch], "u32")), trained);
  const update = optimizer.step(gradients, input("lr", []));
  const plan = owned.use(
    await Plan.make(device, {
      updates: [...updates, update],
      parameters: [weights, optimizer.state, statistics],
    }),
  );
  const all = { ...feeds, labels: Uint32Array.from(labelsOf(batch, classes)), lr: Float32Array.of(0.1) };
  const sample = async () => sampleOf((await optimizer.state.read()).get(optimizer.state.tensors[0])!);
  return { ready: { run: () => plan.run(all), finish, sample }, owned };
}

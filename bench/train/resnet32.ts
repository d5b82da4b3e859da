// ResNet-32, or another residual network, with made-up weights, for benches.

import type { Device, Plan } from "../../engine/mod.ts";

/** The engine's public module, of this or another copy of the repository. */
export type Engine = typeof import("../../engine/mod.ts");

/** Makes the images of a run, of any bytes. */
export function feedsOf(batch: number, side = 32): { images: Uint8Array } {
  const images = new Uint8Array(batch * side * side * 3);
  for (let i = 0; i < images.length; i++) images[i] = (i * 31) % 256;
  return { images };
}

/** Plans the forward pass from 8-bit images to features, with weights that keep values near 1. */
export async function planForward(
  engine: Engine,
  device: Device,
  { batch, side = 32, network: name = "resnet32" }: { batch: number; side?: number; network?: string },
): Promise<Plan> {
  const network = engine.networkOf(name, { classes: 100, channels: 3 });
  const store = new engine.Parameters(device, [...network.backbone, ...network.statistics], "network");
  for (const tensor of store.tensors) {
    const isFilter = tensor.shape.length === 4;
    const spread = Math.sqrt(6 / (tensor.size / tensor.shape[0]));
    const level = /running_mean|bias/.test(engine.nameOf(tensor)) ? 0 : 1;
    const value = (i: number) => isFilter ? spread * (((i * 7919) % 1000) / 500 - 0.999) : level;
    store.write(tensor, Float32Array.from({ length: tensor.size }, (_, i) => value(i)));
  }
  const statistics = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
  const images = engine.normalize(engine.input("images", [batch, side, side, 3], "u8"), statistics);
  const { features } = network.forward(images);
  return await engine.Plan.make(device, { outputs: { features }, parameters: [store] });
}

import { nameOf, readState, type StateDict, torchShape, writeSafetensors } from "../engine/mod.ts";
import type { Config } from "./config.ts";
import type { Head, Setup } from "./setup.ts";

/**
 * The whole network as a safetensors file, with torch's names and layouts: the backbone and statistics on the device,
 * and this classifier. Its metadata say what it is.
 */
export async function packCheckpoint(
  setup: Setup,
  head: Head,
  config: Config,
  epochs: number,
): Promise<Uint8Array> {
  const { network, backbone, statistics, dataset, counts } = setup;
  const values = await readState([backbone, statistics]);
  const state: StateDict = new Map();
  for (const tensor of [...network.backbone, ...network.statistics]) {
    state.set(nameOf(tensor), { dtype: "f32", shape: torchShape(tensor), data: values.get(nameOf(tensor))! });
  }
  const { weight, bias } = network.classifier;
  state.set(nameOf(weight), { dtype: "f32", shape: [...weight.shape], data: head.weight });
  state.set(nameOf(bias), { dtype: "f32", shape: [...bias.shape], data: head.bias });
  return writeSafetensors(state, {
    program: "everyclass",
    network: network.name,
    dataset: dataset.name,
    classes: JSON.stringify(dataset.classNames),
    trainImages: JSON.stringify([...counts]),
    loss: config.loss,
    epochs: `${epochs} of ${config.epochs}`,
    seed: String(config.seed),
  });
}

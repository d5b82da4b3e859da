import { nameOf, type StateDict, torchShape, writeSafetensors } from "../engine/mod.ts";
import type { Config } from "./config.ts";
import type { Setup } from "./setup.ts";
import type { Work } from "./work.ts";

/**
 * The whole network as a safetensors file, with torch's names and layouts: the stage-1 backbone with what the run has
 * changed so far. Its metadata say what it is. Needs no device, so it can be written when that one was lost.
 */
export function packCheckpoint(
  { network, stage1, dataset, counts }: Setup,
  config: Config,
  work: Work,
): Uint8Array {
  const values = new Map(stage1);
  network.statistics.forEach((tensor, i) => {
    if (work.statistics) values.set(nameOf(tensor), work.statistics[i]);
  });
  const { weight, bias } = network.classifier;
  if (work.classifier) {
    values.set(nameOf(weight), work.classifier.weight);
    values.set(nameOf(bias), work.classifier.bias);
  }
  const state: StateDict = new Map();
  for (const tensor of [...network.backbone, ...network.statistics, weight, bias]) {
    const name = nameOf(tensor);
    state.set(name, { dtype: "f32", shape: torchShape(tensor), data: values.get(name)! });
  }
  return writeSafetensors(state, {
    program: "everyclass",
    network: network.name,
    dataset: dataset.name,
    classes: JSON.stringify(dataset.classNames),
    trainImages: JSON.stringify([...counts]),
    loss: config.loss,
    epochs: `${work.epochs.length} of ${config.epochs}`,
    seed: String(config.seed),
  });
}

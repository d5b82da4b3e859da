import { nameOf, type StateDict, stateShapes, writeSafetensors } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { Setup, State } from "../setup/setup.ts";
import type { TrainConfig } from "../config/train.ts";
import type { Work } from "../work/work.ts";

/**
 * The whole network as a safetensors file, with torch's names and layouts: the stage-1 backbone with what the run has
 * changed so far. Its metadata say what it is. Needs no device, so it can be written when that one was lost.
 */
export function packCheckpoint(setup: Setup, config: Config, work: Work): Uint8Array {
  const { network, stage1 } = setup;
  const values = new Map(stage1);
  network.statistics.forEach((tensor, i) => {
    if (work.statistics) values.set(nameOf(tensor), work.statistics[i]);
  });
  for (const name of network.classifier.tensors.map(nameOf)) {
    if (work.classifier) values.set(name, work.classifier.get(name)!);
  }
  const epochs = `${work.epochs.length} of ${config.epochs}`;
  return packState(values, setup, { loss: config.loss.name, epochs, seed: String(config.seed) });
}

/** What a training run's checkpoint tells of it. @param done Whole epochs. */
export function trainingFacts(
  { paco, train, classifier, loss, epochs, seed }: TrainConfig,
  done: number,
): Record<string, string> {
  const method = paco === null ? "plain" : "paco";
  return { method, train, classifier, loss: loss.name, epochs: `${done} of ${epochs}`, seed: String(seed) };
}

/** Values of a whole network in torch's layouts as a safetensors file, its head folded, with what it is and more metadata. */
export function packState(
  values: State,
  { network, dataset, counts }: Setup,
  metadata: Record<string, string>,
): Uint8Array {
  const folded = network.classifier.fold(values);
  const state: StateDict = new Map(
    [...stateShapes(network)].map((
      [name, shape],
    ) => [name, { dtype: "f32", shape, data: folded.get(name)! }]),
  );
  return writeSafetensors(state, {
    program: "everyclass",
    network: network.name,
    dataset: dataset.name,
    classes: JSON.stringify(dataset.classNames),
    named: String(!dataset.numbered),
    trainImages: JSON.stringify([...counts]),
    ...metadata,
  });
}

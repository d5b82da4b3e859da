import { type StateDict, stateShapes, writeSafetensors } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { Setup, State } from "../setup/setup.ts";
import type { TrainConfig } from "../config/train.ts";

/** Metadata of a checkpoint of `finetune`: facts of the training. @param done Whole epochs. */
export function finetuneFacts({ loss, epochs, seed }: Config, done: number): Record<string, string> {
  return { loss: loss.name, epochs: `${done} of ${epochs}`, seed: String(seed) };
}

/** Metadata of a checkpoint of `train`, or of stage 1: facts of the training. @param done Whole epochs. */
export function trainingFacts(
  { paco, train, classifier, loss, epochs, seed }: TrainConfig,
  done: number,
): Record<string, string> {
  const method = paco === null ? "plain" : "paco";
  return { method, train, classifier, loss: loss.name, epochs: `${done} of ${epochs}`, seed: String(seed) };
}

/** A whole network in torch's layouts as a safetensors file, its head folded; metadata name network and classes. */
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

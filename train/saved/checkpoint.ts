import { asSecond, nameOf, type RawTensor, type StateDict, stateShapes } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import { writeSealed } from "../machine/seal.ts";
import { foldPoint } from "../model/operating_point.ts";
import { modelMetadata, type Second } from "../model/metadata.ts";
import type { Recipe } from "../model/recipe.ts";
import type { Setup, State } from "../setup/setup.ts";
import type { TrainConfig } from "../config/schema/train.ts";

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

/** Contents of a checkpoint beside the network. */
export interface Beside {
  /** The config of its training. */
  recipe?: Recipe | null;
  /** The model that it is averaged with. */
  second?: Second | null;
  /** The t of `logits - t log N`, N the setup's training images, folded into the bias; 0 by default. */
  adjust?: number;
}

/**
 * Values of a whole network in torch's layouts as a safetensors file, its head folded, with all that a prediction needs to
 * know of it and more metadata. Of a second model the file has its classifier, and what else differs.
 */
export function packState(
  values: State,
  setup: Setup,
  metadata: Record<string, string>,
  { recipe = null, second = null, adjust = 0 }: Beside = {},
): Uint8Array {
  const state = stored(values, setup, adjust);
  const file = new Map([
    ...state,
    ...second ? asSecond(ownPart(stored(second.state, setup), state, setup)) : [],
  ]);
  // A model may be adjusted again.
  const adjusted = Number(metadata.adjusted ?? 0) + adjust;
  const point: Record<string, string> = adjust === 0 ? {} : { adjusted: String(adjusted) };
  return writeSealed(file, { ...modelMetadata(setup, recipe, second), ...metadata, ...point });
}

/** The tensors that a checkpoint has of a network. */
function stored(values: State, { network, counts }: Setup, adjust = 0): StateDict {
  const folded = foldPoint(network.classifier.fold(values), network, counts, adjust);
  return new Map(
    [...stateShapes(network)].map((
      [name, shape],
    ) => [name, { dtype: "f32", shape, data: folded.get(name)! }]),
  );
}

/** Picks the tensors that a second model does not share with the first: its classifier, and updated batch norms. */
function ownPart(second: StateDict, first: StateDict, { network }: Setup): StateDict {
  const head = network.classifier.stored.map(nameOf);
  const differs = (name: string, data: RawTensor["data"]) => {
    const other = first.get(name)!.data;
    let same = 0;
    while (same < data.length && data[same] === other[same]) same++;
    return same < data.length;
  };
  return new Map([...second].filter(([name, { data }]) => head.includes(name) || differs(name, data)));
}

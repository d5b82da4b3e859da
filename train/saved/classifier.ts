import { nameOf, type StateDict, torchShape } from "../../engine/mod.ts";
import { writeTorch } from "../../formats/checkpoint/mod.ts";
import { writeNpz } from "../../formats/numpy/mod.ts";
import type { FeaturesConfig } from "../config/schema/features.ts";
import { foldPoint } from "../model/operating_point.ts";
import { recipeYaml } from "../model/recipe.ts";
import { writeSealed } from "../machine/seal.ts";
import { versions } from "../machine/versions.ts";
import type { ClassifierSetup, State } from "../setup/setup.ts";

/**
 * A classifier alone as files of other programs: weight [C, F] and bias [C], the names and layouts of torch.nn.Linear. The
 * safetensors file tells in its metadata what the classifier was trained on and how, without paths.
 *
 * @param made.done Whole epochs. @param made.adjust The t of `logits - t log N`, folded into the bias.
 * @throws {RangeError} when an adjusted classifier has no bias.
 */
export function packClassifier(
  values: State,
  { network, dataset, counts }: ClassifierSetup,
  { weight: _weight, bias: _bias, data: { testShare, seed: splitSeed }, ...config }: FeaturesConfig,
  { done, adjust }: { done: number; adjust: number },
): { safetensors: Uint8Array; npz: Uint8Array; torch: Uint8Array } {
  const { classifier, features } = network;
  const folded = foldPoint(classifier.fold(values), network, counts, adjust);
  const state: StateDict = new Map(
    classifier.stored.map((tensor) => {
      const name = nameOf(tensor);
      return [name.slice(name.lastIndexOf(".") + 1), {
        dtype: "f32",
        shape: torchShape(tensor),
        data: folded.get(name)!,
      }];
    }),
  );
  const { everyclass, deno } = versions();
  const json = JSON.stringify;
  const metadata = {
    program: "everyclass",
    head: classifier.kind,
    features: String(features),
    dataset: dataset.name,
    classes: json(dataset.classNames),
    named: String(!dataset.numbered),
    trainImages: json([...counts]),
    loss: config.loss.name,
    epochs: `${done} of ${config.epochs}`,
    seed: String(config.seed),
    ...adjust !== 0 && { adjusted: String(adjust) },
    config: recipeYaml({ ...config, data: { testShare, seed: splitSeed } }),
    versions: json({ everyclass, deno }),
  };
  return { safetensors: writeSealed(state, metadata), npz: writeNpz(state), torch: writeTorch(state) };
}

import type { Config } from "../config/load.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import { versions } from "../machine/versions.ts";
import type { Setup, State } from "../setup/setup.ts";
import type { ModelName } from "../verdict/judge.ts";
import { trainingDigest } from "./list.ts";
import { type Recipe, recipeYaml } from "./recipe.ts";

/** Divisors of the logits of both models of an ensemble. */
export type Temperatures = NonNullable<Config["ensemble"]>;

/** The model that a checkpoint holds beside its first one: they are averaged. */
export interface Second extends Temperatures {
  /** The model that is taken from the file unless another one is asked for. */
  keep: ModelName;
  /** All values of its network, its head unfolded. */
  state: State;
}

/** The stage-1 model that a run of `finetune` averages its own with; null where it has no ensemble. */
export function secondOf({ stage1, initialized }: Setup, config: Config | TrainConfig): Second | null {
  if (!("ensemble" in config) || config.ensemble === null || initialized.length > 0) return null;
  return { ...config.ensemble, keep: config.keep, state: stage1 };
}

/**
 * All that a prediction needs to know of a model beside its weights, and what it was trained on, as texts for a
 * checkpoint. Without dates or paths: the same run gives the same texts.
 *
 * @param recipe The config of its training; null: not told. @param second The second model of the file.
 */
export function modelMetadata(
  { network, dataset, train, counts }: Setup,
  recipe: Recipe | null,
  second: Temperatures & { keep?: ModelName } | null,
): Record<string, string> {
  const { kind } = network.classifier;
  const { everyclass, deno } = versions();
  const json = JSON.stringify;
  return {
    program: "everyclass",
    network: network.name,
    head: kind === "scaled" ? "linear" : kind, // its scales are multiplied into weight and bias
    extraBlock: String(network.stages.includes("block.")),
    dataset: dataset.name,
    classes: json(dataset.classNames),
    named: String(!dataset.numbered),
    trainImages: json([...counts]),
    trainDigest: trainingDigest(train, dataset.root),
    channels: String(train.channels),
    size: json([train.height, train.width]),
    // Images in memory have their size already; those of another size are brought to it.
    resize: json(train.kind === "encoded" ? train.shorter : Math.min(train.height, train.width)),
    mean: json(dataset.mean),
    std: json(dataset.std),
    ...recipe && "tta" in recipe && recipe.tta !== "none" && { tta: String(recipe.tta) },
    ...second && {
      ensemble: json({ temperatureNew: second.temperatureNew, temperatureOld: second.temperatureOld }),
    },
    // A file that does not tell is of the re-trained model.
    ...second?.keep && second.keep !== "after" && { keep: second.keep },
    ...recipe && { config: recipeYaml(recipe) },
    versions: json({ everyclass, deno }),
  };
}

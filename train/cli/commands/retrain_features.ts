import { basename } from "node:path";
import { type FeaturesConfig, featuresConfig } from "../../config/schema/features.ts";
import { type FeatureSetup, setUpFeatures } from "../../feature_files/set_up.ts";
import { retrain } from "../../finetune/retrain.ts";
import type { Flags } from "../../flags/flags.ts";
import { featuresLead } from "../../report/lead.ts";
import { type RunKind, runTraining } from "../../run/run.ts";
import { runFiles } from "../../run/folder/run_folder.ts";
import { introduce, openSessionOn, type Surroundings, terminal } from "../../run/session.ts";
import { packClassifier } from "../../saved/classifier.ts";

const { classifier, classifierNumpy, classifierTorch } = runFiles;

const kind: RunKind<FeaturesConfig, FeatureSetup> = {
  config: featuresConfig,
  origin: ({ weight, seed }) => weight === null ? `drawn from seed ${seed}` : `from ${basename(weight)}`,
  open: (flags, config, folder, surroundings) =>
    openSessionOn(flags, config, folder, surroundings, async (progress, options) => {
      const setup = await setUpFeatures(config, progress, options);
      introduce(setup, 1, progress);
      return setup;
    }),
  work: retrain,
  writeInputs: () => Promise.resolve(),
  modelFiles: [classifier, classifierNumpy, classifierTorch],
  async writeModel(folder, setup, config, state, made) {
    const { safetensors, npz, torch } = packClassifier(state, setup, config, made);
    await folder.write(classifier, safetensors);
    await folder.write(classifierNumpy, npz);
    await folder.write(classifierTorch, torch);
  },
  use({ recommended: { model } }, _model, { config: { weight } }) {
    if (model === "before") return Promise.resolve("");
    const both = model === "ensemble"
      ? `; the ensemble is the mean of its probabilities and of those of ${basename(weight!)}`
      : "";
    return Promise.resolve(
      `Use it: weight and bias of ${classifier}, ${classifierNumpy} or ${classifierTorch}, as torch.nn.Linear has them${both}\n`,
    );
  },
  lead: featuresLead,
};

/**
 * `deno task retrain-features`: re-trains a classifier on features from elsewhere, and leaves a run folder.
 *
 * @returns 0. @throws {Interrupted} when the run was stopped; the message says how to go on.
 */
export function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  return runTraining(kind, flags, surroundings);
}

import type { Config } from "../config/load.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import { secondOf } from "../model/metadata.ts";
import { packState } from "../saved/checkpoint.ts";
import { writeLists } from "./folder/lists.ts";
import type { RunKind } from "./run.ts";
import { runFiles } from "./folder/run_folder.ts";
import { useWords } from "./use_words.ts";

/**
 * The files that a training command on images leaves: lists of the images, and a checkpoint that `predict` takes.
 *
 * @param facts Makes metadata of the checkpoint: facts of the training, after so many whole epochs.
 */
export function imageRun<C extends Config | TrainConfig>(
  facts: (config: C, done: number) => Record<string, string>,
): Pick<RunKind<C>, "writeInputs" | "modelFiles" | "writeModel" | "use"> {
  return {
    writeInputs: writeLists,
    modelFiles: [runFiles.checkpoint],
    async writeModel(folder, setup, config, state, { done, adjust }) {
      const beside = { recipe: config, second: secondOf(setup, config), adjust };
      await folder.write(runFiles.checkpoint, packState(state, setup, facts(config, done), beside));
    },
    use: (verdict, model, { setup, config, stage1File }) =>
      useWords(verdict.recommended.model, {
        model,
        second: secondOf(setup, config),
        checkpoint: config.checkpoint ?? stage1File,
      }),
  };
}

import type { Config } from "../config/load.ts";
import type { TrainConfig } from "../config/train.ts";
import { shellWord } from "../flags/shell_word.ts";
import { secondOf } from "../model/metadata.ts";
import { packState } from "../saved/checkpoint.ts";
import type { Verdict } from "../verdict/findings.ts";
import { writeLists } from "./lists.ts";
import type { RunKind } from "./run.ts";
import { runFiles } from "./run_folder.ts";

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
    async writeModel(folder, setup, config, state, done) {
      const beside = { recipe: config, second: secondOf(setup, config) };
      await folder.writeCheckpoint(packState(state, setup, facts(config, done), beside));
    },
    use: (verdict, model, { checkpoint }) => useWords(verdict, model, checkpoint),
  };
}

/** The command that uses the model which the verdict recommends; nothing where that model has no file. */
function useWords(verdict: Verdict | null, model: string, checkpoint: string | null): string {
  const recommended = verdict?.recommended.model ?? "after";
  const file = recommended === "before" ? checkpoint : model;
  if (file === null) return "";
  const both = recommended === "ensemble" ? " --ensemble" : "";
  return `Use it: deno task predict PHOTOS --checkpoint ${shellWord(file)}${both}\n`;
}

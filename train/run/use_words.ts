import { shellWord } from "../flags/shell_word.ts";
import { modelFacts } from "../model/facts.ts";
import { readMetadata } from "../model/header.ts";
import type { Second } from "../model/metadata.ts";
import type { ModelName } from "../verdict/judge.ts";

/** The files that a run's models are in. */
export interface ModelFiles {
  /** The run's own checkpoint. */
  model: string;
  /** The second model in that checkpoint; null where the checkpoint holds the trained model alone. */
  second: Pick<Second, "keep"> | null;
  /** The file of the model that the run began with, given or in the cache; null where it began without such a file. */
  checkpoint: string | null;
}

/**
 * Writes the command that predicts by the recommended model, whichever model the run keeps; nothing where that model is in
 * no file that tells all a prediction needs.
 */
export async function useWords(
  recommended: ModelName,
  { model, second, checkpoint }: ModelFiles,
): Promise<string> {
  if (second !== null || recommended === "after") {
    return commandFor(model, recommended, second?.keep ?? "after");
  }
  // Training goes on from the first model of a file, whichever that file keeps.
  const kept = checkpoint === null ? null : await keptBy(checkpoint);
  return kept === null ? "" : commandFor(checkpoint!, "after", kept);
}

function commandFor(file: string, wanted: ModelName, kept: ModelName): string {
  const flag = wanted === kept ? "" : wanted === "ensemble" ? " --ensemble" : ` --which ${wanted}`;
  return `Use it: deno task predict PHOTOS --checkpoint ${shellWord(file)}${flag}\n`;
}

/** The model that a checkpoint keeps; null where the file is gone, or does not tell what `predict` has to know. */
async function keptBy(path: string): Promise<ModelName | null> {
  try {
    return modelFacts(path, await readMetadata(path), {}).kept;
  } catch {
    return null;
  }
}

import type { Config, Written } from "../../config/load.ts";
import type { Flags } from "../../flags/flags.ts";
import { readMetadata } from "../../model/header.ts";
import { evaluationKeys } from "../../model/recipe.ts";
import { classesOf } from "../../setup/class_order.ts";
import type { Setup } from "../../setup/setup.ts";

/** The config that the checkpoint was trained by, as far as evaluating goes by it; null where it tells none. */
export async function ownConfig({ checkpoint }: Flags): Promise<Written | null> {
  const tree = checkpoint === null ? null : evaluationKeys(await readMetadata(checkpoint));
  return tree && { source: checkpoint!, tree };
}

/** The flags with the first of several models for the checkpoint, where none is named. */
export function withModels(flags: Flags): Flags {
  const { checkpoint, models: [first, ...models] } = flags;
  return checkpoint === null && first !== undefined ? { ...flags, checkpoint: first, models } : flags;
}

/**
 * The setup with the training images of each class that the checkpoint tells: those that an adjustment goes by, whatever
 * images are measured now. Without such numbers they are those of the present training images.
 */
export async function withTrainedCounts(
  setup: Setup,
  { checkpoint }: Pick<Config, "checkpoint">,
): Promise<Setup> {
  if (checkpoint === null) return setup;
  const { counts, names } = classesOf(await readMetadata(checkpoint));
  const trained = setup.dataset.classNames.map((name) => counts?.[names?.indexOf(name) ?? -1]);
  return trained.every((count) => count !== undefined)
    ? { ...setup, counts: Uint32Array.from(trained) }
    : setup;
}

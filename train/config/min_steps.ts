import { plural } from "../progress/count.ts";
import { MOST_EPOCHS } from "./schema/parts.ts";
import type { TrainConfig } from "./schema/train.ts";

/**
 * The config with its epochs raised until the training has `minSteps` steps, and warmup in proportion. The result
 * taken once more stays as it is.
 *
 * @param images Training images of an epoch. @throws {RangeError} when that takes too many epochs.
 *
 * @example
 * ```ts
 * import { withMinSteps } from "./min_steps.ts";
 * import { trainSchema } from "./schema/train.ts";
 * const config = trainSchema.parse({ epochs: 10, batch: 16, minSteps: 1000 });
 * console.log(withMinSteps(config, 480).epochs); // 34: an epoch has 30 steps
 * ```
 */
export function withMinSteps(config: TrainConfig, images: number): TrainConfig {
  const { epochs: given, batch, minSteps, optimizer } = config;
  const epochs = Math.max(given, Math.ceil(minSteps / Math.ceil(images / batch)));
  if (epochs === given) return config;
  if (epochs > MOST_EPOCHS) {
    throw new RangeError(
      `Cannot train for minSteps: it takes at most ${MOST_EPOCHS} epochs, current ${minSteps} steps take ${epochs} of ` +
        `${plural(images, "image")} in batches of ${batch}: lower minSteps`,
    );
  }
  const { schedule } = optimizer;
  const warmup = Math.round(schedule.warmup * epochs / given);
  return { ...config, epochs, optimizer: { ...optimizer, schedule: { ...schedule, warmup } } };
}

/** Says that epochs were raised, and why; null where they were not. */
export function raisedWords(config: TrainConfig, raised: TrainConfig, images: number): string | null {
  const { epochs, batch, minSteps } = config;
  if (raised.epochs === epochs) return null;
  const steps = Math.ceil(images / batch);
  return `Epochs are raised from ${epochs} to ${raised.epochs}: ` +
    `${plural(images, "image")} in batches of ${batch} make ${
      plural(steps, "step")
    } an epoch, and minSteps asks for ${minSteps} in all`;
}

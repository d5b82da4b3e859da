import { plural } from "../progress/count.ts";
import { tailAbove } from "../statistics/binomial.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import type { Progress } from "../progress/progress.ts";
import type { Setup } from "../setup/setup.ts";
import type { EpochRow } from "./records.ts";

/** Below this many images of a class nothing can be promised of the class. */
const LEAST_IMAGES = 10;

/** Most class names in a sentence. */
const MOST_NAMES = 5;

/** Chance hits as good as those seen less often than this in runs that learned nothing. */
export const SIGNIFICANCE = 0.01;

/** Below this share of the way from chance to all images right a network counts as undertrained. */
const LEARNED = 0.5;

/** The loss counts as flat if it fell by less than this share over the last quarter of the epochs. */
const FLAT = 0.01;

/**
 * A sentence about a network trained from scratch that has learned too little of its own training images, by its last
 * epoch: no more than always naming the largest class would, or less than half of what is above.
 *
 * @param counts Training images of each class. @param chance Accuracy of a network that has learned nothing, 0 to 1.
 * @returns Null where it has learned more, or there is no epoch.
 */
export function undertrainedWords(
  rows: readonly LearningRow[],
  { counts, steps, chance }: { counts: ArrayLike<number>; steps: number; chance: number },
): string | null {
  const last = rows.at(-1);
  if (!last) return null;
  const images = Array.from(counts).reduce((a, b) => a + b, 0);
  const hits = Math.round(last.accuracy / 100 * images);
  const guesses = tailAbove(hits, images, chance) > SIGNIFICANCE;
  if (!guesses && hits / images >= chance + LEARNED * (1 - chance)) return null;
  const quarter = Math.max(1, Math.floor(rows.length / 4));
  const earlier = rows.at(-1 - quarter);
  const than = `naming one class for all, ${(100 * chance).toFixed(1)} %`;
  const course = !earlier
    ? ""
    : `, and over the last ${quarter === 1 ? "epoch" : `${quarter} epochs`} its loss ` +
      (last.loss > (1 - FLAT) * earlier.loss ? "was flat" : "was still falling");
  return `The network is undertrained: after ${plural(steps, "step")} it has ${
    last.accuracy.toFixed(1)
  } % of its own training ` +
    `images right, ${
      guesses ? `no better than ${than}` : `less than half of the way from ${than}, to all`
    }${course}; ` +
    "give it more steps (minSteps or epochs), another learning rate, or --set pretrained=resnet18 in finetune";
}

/**
 * A sentence about the classes with too few images to promise anything of them.
 *
 * @param counts Images of each class. @param kind `training` or `test`. @returns Null where each class has enough.
 */
export function fewImagesWords(
  counts: ArrayLike<number>,
  names: readonly string[],
  kind: "training" | "test",
): string | null {
  const few = names.flatMap((name, label) =>
    counts[label] < LEAST_IMAGES ? [`${name} (${counts[label]})`] : []
  );
  if (few.length === 0) return null;
  const shown = few.slice(0, MOST_NAMES).join(", ");
  const more = few.length > MOST_NAMES ? ` and ${few.length - MOST_NAMES} more` : "";
  const why = kind === "training"
    ? "no recall can be promised of them"
    : "their recalls say little: one image more or less right moves each by 10 points and more";
  return `Classes with fewer than ${LEAST_IMAGES} ${kind} images, ${shown}${more}: ${why}`;
}

/** The numbers of an epoch that tell whether a network has learned enough. */
export type LearningRow = Pick<EpochRow, "loss" | "accuracy">;

/** Prints the sentence about a network that has learned too little; mixed images leave no accuracy to judge by. */
export function tellUndertrained(
  rows: readonly LearningRow[],
  { sampler, mixup, batch }: Pick<TrainConfig, "sampler" | "mixup" | "batch">,
  { counts, train }: Pick<Setup, "counts" | "train">,
  progress: Progress,
): void {
  if (mixup !== null) return;
  const chance = sampler === "instance" ? Math.max(...counts) / train.count : 1 / counts.length;
  const steps = rows.length * Math.ceil(train.count / batch);
  const words = undertrainedWords(rows, { counts, steps, chance });
  if (words) progress.line(words);
}

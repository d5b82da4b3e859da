import { counted, plural } from "../progress/count.ts";
import { compare } from "../statistics/compare.ts";
import type { Estimate } from "../statistics/interval.ts";

/** The numbers that further labelled images are measured by. */
const GAINS = ["hmean", "mean", "lowestShare"] as const;

/** A model that was trained on further labelled images too, on test images that it was not trained on. */
export interface Trial {
  /** True class of every such test image. */
  labels: ArrayLike<number>;
  /** Predicted class of these images by the model of the run. */
  before: ArrayLike<number>;
  /** The same by the model of the trial. */
  after: ArrayLike<number>;
}

/** The gain that further labelled images of every class bring. */
export interface MoreLabels {
  /** Further images of each class. */
  images: number;
  /** Number of trials; 0 where a class has too few test images to lend some of them. */
  trials: number;
  /**
   * Differences as fractions: the mean of all trials, from the least to the most that the 95 % intervals of the trials
   * hold; null without trials.
   */
  gains: Record<typeof GAINS[number], Estimate> | null;
}

/** The gain that some trials show. @param images Further images of each class in each trial. @param check Called before each draw. */
export function moreLabelsOf(
  trials: readonly Trial[],
  images: number,
  classes: number,
  seed = 0,
  draws?: number,
  check?: () => void,
): MoreLabels {
  if (trials.length === 0) return { images, trials: 0, gains: null };
  const found = trials.map(({ labels, before, after }) =>
    compare(labels, before, after, classes, seed, draws, check).differences
  );
  const gain = (name: typeof GAINS[number]) => ({
    value: found.reduce((sum, { [name]: { before, after } }) => sum + after - before, 0) / found.length,
    low: Math.min(...found.map(({ [name]: { low } }) => low)),
    high: Math.max(...found.map(({ [name]: { high } }) => high)),
  });
  const gains = Object.fromEntries(GAINS.map((name) => [name, gain(name)])) as MoreLabels["gains"];
  return { images, trials: trials.length, gains };
}

/** The gain in `summary.json`: value, low and high of each number in points, null where there were no trials. */
export type MoreLabelsRecord =
  & Pick<MoreLabels, "images" | "trials">
  & Record<typeof GAINS[number], number[] | null>;

/** Makes the gain for `summary.json`. */
export function moreLabelsRecord({ images, trials, gains }: MoreLabels): MoreLabelsRecord {
  const points = (name: typeof GAINS[number]) =>
    gains && [gains[name].value, gains[name].low, gains[name].high].map((value) => 100 * value);
  return { images, trials, hmean: points("hmean"), mean: points("mean"), lowestShare: points("lowestShare") };
}

/**
 * Says what further labelled images bring: a gain where all of its interval is one, and no promise elsewhere.
 *
 * @param least Fewest test images of each class that a trial takes beside those that it lends.
 */
export function moreLabelsSentence({ images, trials, gains }: MoreLabels, least: number): string {
  const what = `${plural(images, "more labelled image")} of each class`;
  if (gains === null) {
    return `The test images are too few to tell what ${what} would bring: it takes ${
      counted(images + least)
    } of each class.`;
  }
  const { hmean, mean } = gains;
  const tried = `in ${trials} trials with test images as these`;
  if (hmean.low <= 0) return `No promise of ${what}: ${tried} the H-mean rose by no more than chance.`;
  return `With ${what} the re-trained model is likely to have an H-mean ${points(hmean)} points higher ` +
    `(${(100 * hmean.value).toFixed(1)} ${tried}); mean recall ${meanWords(mean)}.`;
}

/** `2.1 to 5.0`. */
function points({ low, high }: { low: number; high: number }): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
}

function meanWords(mean: Estimate): string {
  if (mean.low > 0) return `rises, by ${points(mean)} points`;
  if (mean.high < 0) return `falls, by ${points({ low: -mean.high, high: -mean.low })} points`;
  return "moves within chance";
}

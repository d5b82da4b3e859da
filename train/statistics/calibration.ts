import { bootstrapWeights } from "./draws/bootstrap.ts";
import { type Estimate, middle } from "./interval.ts";
import type { Random } from "./draws/random.ts";

/** Images whose largest probability lies in one stretch. */
export interface ReliabilityBin {
  /** The stretch: above `from` (the first bin holds 0 too), up to `to`. */
  from: number;
  to: number;
  images: number;
  /** Mean of the largest probabilities; null without images. */
  confidence: number | null;
  /** Share of the images that are right; null without images. */
  accuracy: number | null;
}

/** Tells how far a model's probabilities are those of being right. */
export interface Calibration {
  bins: ReliabilityBin[];
  /** Mean of the largest probabilities of all images. */
  meanConfidence: number;
  /** Expected calibration error: mean over the images of the gap between confidence and accuracy of their bin. */
  ece: Estimate;
}

/** Bins of equal width, as many as in Guo et al. */
const BINS = 15;

/** Draws of the interval of the calibration error. */
const ECE_DRAWS = 1000;

/**
 * Reliability of the largest probability of every image.
 *
 * The gaps that chance makes add to the calibration error, in the test images and once more in their bootstrap; the
 * interval is therefore reflected: from `2 value - q97.5` to `2 value - q2.5`. It begins at 0 where a model whose
 * probabilities are true comes to such an error in 1 case of 40 or more.
 *
 * Source: C. Guo et al., "On calibration of modern neural networks", ICML 2017.
 *
 * @param probabilities `[images, classes]`, rows that add up to 1. @param labels True class of every image.
 * @param check Called before each draw.
 * @throws {RangeError} when there is no row for every label.
 */
export function calibration(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  random: Random,
  check: () => void = () => {},
): Calibration {
  const count = labels.length;
  if (count === 0 || probabilities.length !== count * classes) {
    throw new RangeError(
      `Cannot tell calibration: it takes probabilities [images, classes], current are ${probabilities.length} values for ${count} labels, ${classes} classes`,
    );
  }
  const confidences = new Float64Array(count);
  const hits = new Uint8Array(count);
  const binOf = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (probabilities[i * classes + k] > probabilities[i * classes + best]) best = k;
    }
    confidences[i] = probabilities[i * classes + best];
    hits[i] = best === labels[i] ? 1 : 0;
    binOf[i] = Math.min(BINS - 1, Math.max(0, Math.ceil(confidences[i] * BINS) - 1));
  }
  const sums = (weights?: ArrayLike<number>) => binSums(confidences, hits, binOf, weights);
  const all = sums();
  const value = errorOf(all, count);
  // One stratum: bins mix the classes.
  const images = { labels: new Uint8Array(count), counts: new Uint8Array(count).fill(1) };
  const draws: number[] = [];
  for (const weights of bootstrapWeights(images, [count], ECE_DRAWS, random)) {
    check();
    draws.push(errorOf(sums(weights), count));
  }
  const { low, high } = middle(draws);
  const byChance = chanceErrors(confidences, binOf, random, check);
  const isCalibrated = byChance.filter((error) => error >= value).length > 0.025 * ECE_DRAWS;
  return {
    bins: Array.from({ length: BINS }, (_, bin) => ({
      from: bin / BINS,
      to: (bin + 1) / BINS,
      images: all.images[bin],
      confidence: all.images[bin] ? all.confidence[bin] / all.images[bin] : null,
      accuracy: all.images[bin] ? all.right[bin] / all.images[bin] : null,
    })),
    meanConfidence: confidences.reduce((a, b) => a + b, 0) / count,
    ece: { value, low: isCalibrated ? 0 : Math.max(0, 2 * value - high), high: Math.max(0, 2 * value - low) },
  };
}

/** Errors of a model with these confidences that is right as often as they say. */
function chanceErrors(
  confidences: Float64Array,
  binOf: Uint8Array,
  random: Random,
  check: () => void,
): number[] {
  const hits = new Uint8Array(binOf.length);
  return Array.from({ length: ECE_DRAWS }, () => {
    check();
    for (let i = 0; i < hits.length; i++) hits[i] = random.uniform() < confidences[i] ? 1 : 0;
    return errorOf(binSums(confidences, hits, binOf), hits.length);
  });
}

interface BinSums {
  images: Float64Array;
  confidence: Float64Array;
  right: Float64Array;
}

function binSums(
  confidences: Float64Array,
  hits: Uint8Array,
  binOf: Uint8Array,
  weights?: ArrayLike<number>,
): BinSums {
  const newSums = () => new Float64Array(BINS);
  const sums = { images: newSums(), confidence: newSums(), right: newSums() };
  for (let i = 0; i < binOf.length; i++) {
    const weight = weights ? weights[i] : 1;
    sums.images[binOf[i]] += weight;
    sums.confidence[binOf[i]] += weight * confidences[i];
    sums.right[binOf[i]] += weight * hits[i];
  }
  return sums;
}

function errorOf({ confidence, right }: BinSums, count: number): number {
  return confidence.reduce((sum, total, bin) => sum + Math.abs(total - right[bin]), 0) / count;
}

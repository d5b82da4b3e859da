// mixup - blends of two images of a batch and of their losses, by one share for the whole batch.
//
//   x'_i = lambda x_i + (1 - lambda) x_j,   loss = lambda loss(y_i) + (1 - lambda) loss(y_j),   j = permutation_i
//
// lambda ~ Beta(alpha, alpha). This file only draws lambda and the permutation; the training step blends the images.
// Source: H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
import { Draws } from "../augment/draws.ts";
import { hash32 } from "../base/random.ts";
import { logGamma } from "./gamma.ts";

/** The mixing of a batch's images. */
export interface Mixup {
  /** Share of each image itself, 0 to 1. */
  lambda: number;
  /** [count], which image of the batch each is mixed with. */
  permutation: Uint32Array;
}

/** Arguments of {@linkcode mixupDraw}. */
export interface MixupOptions {
  /** Seed of the run, an integer. */
  seed: number;
  /** Number of the epoch. */
  epoch: number;
  /** Number of the batch in its epoch. */
  batch: number;
  /** Both parameters of the beta distribution; 1 is uniform, smaller ones mix less, 0 not at all. */
  alpha: number;
}

/**
 * Draws the share and the partners by which a batch is mixed: a function of its arguments alone.
 *
 * @param count Images in the batch.
 * @throws {RangeError} when alpha is negative or not finite.
 *
 * @example
 * ```ts
 * import { mixupDraw } from "everyclass/data";
 * const { lambda, permutation } = mixupDraw(128, { seed: 0, epoch: 3, batch: 17, alpha: 1 });
 * console.log(lambda < 1, permutation.length); // true and 128
 * ```
 */
export function mixupDraw(count: number, { seed, epoch, batch, alpha }: MixupOptions): Mixup {
  if (!(alpha >= 0 && Number.isFinite(alpha))) {
    throw new RangeError(`Cannot draw a mixup: it takes an alpha of 0 or more, current is ${alpha}`);
  }
  const draws = new Draws(hash32(seed, epoch, batch, MIXUP));
  const lambda = alpha === 0 ? 1 : beta(alpha, draws);
  return { lambda, permutation: draws.shuffle(Uint32Array.from({ length: count }, (_, i) => i)) };
}

/** Keeps these draws apart from others of the same seed and epoch. */
const MIXUP = 0x6d697875;

/** Beta(alpha, alpha), as g / (g + h) of two gamma variates; by logarithms, as both may be too small for a number. */
function beta(alpha: number, draws: Draws): number {
  return 1 / (1 + Math.exp(logGamma(alpha, draws) - logGamma(alpha, draws)));
}

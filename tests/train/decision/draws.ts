import { randomOf } from "../../../train/statistics/draws/random.ts";

/**
 * Made-up logits `[images, classes]` and their labels, every class as often: the log likelihood of a draw around the true
 * class, so that softmax is right about how often it is right.
 *
 * @param bias Added to each class's logits, such as what a long tail taught. @param strength How far apart classes stand.
 */
export function draws(
  images: number,
  classes: number,
  seed: number,
  bias: ArrayLike<number> = [],
  strength = 1.5,
) {
  const random = randomOf(seed);
  const labels = Array.from({ length: images }, (_, i) => i % classes);
  const logits = Float32Array.from({ length: images * classes }, (_, at) => {
    const [i, k] = [Math.floor(at / classes), at % classes];
    const noise = Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    const seen = noise + (labels[i] === k ? strength : 0);
    return strength * seen + (bias[k] ?? 0);
  });
  return { labels, logits };
}

/** Fractional bits of a weight: the weights of an output pixel sum to 2^22, but for the rounding of each weight. */
export const WEIGHT_BITS = 22;
/** One half, for rounding. Sums of 8-bit values stay in range of 32 bits: weights are at least 0. */
export const HALF = 1 << (WEIGHT_BITS - 1);

/** The weights by which the pixels of an output line are sums of pixels of an input line. */
export interface Weights {
  /**
   * Input pixels of an output pixel; at least three where the line has as many, so that few different numbers
   * occur.
   */
  taps: number;
  /** [to], the first input pixel of each output pixel. */
  first: Int32Array;
  /** [to, taps]. */
  weights: Int32Array;
}

const known = new Map<string, Weights>();
/** Most weights that are kept: photos and random crops have many lengths, and a long line has 10,000 weights. */
const KEPT = 2 ** 22;
let kept = 0;

/**
 * The weights that resize a line of `extent` pixels to `to` pixels, by the formula of resize.ts.
 *
 * @param extent Length of the input; may end within a pixel.
 */
export function weightsOf(extent: number, to: number): Weights {
  const key = `${extent} ${to}`;
  const found = known.get(key);
  if (found) return found;
  const made = weigh(extent, to);
  if (kept + made.weights.length > KEPT) {
    known.clear();
    kept = 0;
  }
  known.set(key, made);
  kept += made.weights.length;
  return made;
}

function weigh(extent: number, to: number): Weights {
  const from = Math.ceil(extent);
  const scale = extent / to;
  const reach = Math.max(1, scale);
  const most = 2 * Math.ceil(reach) + 1;
  const all = new Int32Array(to * most); // of each output pixel, from its first weight above 0 on
  const first = new Int32Array(to);
  const shares = new Float64Array(most);
  let taps = Math.min(from, 3);
  for (let i = 0; i < to; i++) {
    const centre = (i + .5) * scale;
    const start = Math.max(0, Math.trunc(centre - reach + .5));
    const count = Math.min(from, Math.trunc(centre + reach + .5)) - start;
    let sum = 0;
    for (let t = 0; t < count; t++) {
      sum += shares[t] = Math.max(0, 1 - Math.abs((start + t - centre + .5) * (1 / reach)));
    }
    let skipped = 0;
    for (let t = 0; t < count; t++) {
      const weight = Math.trunc(shares[t] / sum * 2 ** WEIGHT_BITS + .5);
      if (weight === 0 && skipped === t) skipped++;
      if (weight === 0) continue;
      all[i * most + t - skipped] = weight;
      taps = Math.max(taps, t - skipped + 1);
    }
    first[i] = start + skipped;
  }
  const weights = new Int32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const shift = Math.max(0, first[i] + taps - from); // so that no tap is beyond the end
    first[i] -= shift;
    weights.set(all.subarray(i * most, i * most + taps - shift), i * taps + shift);
  }
  return { taps, first, weights };
}

/** Bits of a weight behind the point: those of a place sum to 2^22, to within the rounding of each. */
export const WEIGHT_BITS = 22;
/** One half, for rounding. Sums of 8-bit values stay in range of 32 bits: weights are at least 0. */
export const HALF = 1 << (WEIGHT_BITS - 1);

/** How each place of a line is made of places of another one. */
export interface Weights {
  /** How many places each is made of; three at least where there are as many, that few numbers of taps occur. */
  taps: number;
  /** The first of them, [to]. */
  first: Int32Array;
  /** [to, taps]. */
  weights: Int32Array;
}

const known = new Map<string, Weights>();
/** How many weights are kept: lengths of photos and of random parts are many, and of a large one they are 10,000 each. */
const KEPT = 2 ** 22;
let kept = 0;

/**
 * How `to` places are made of `extent` places: the formula of resize.ts.
 *
 * @param extent Need not be whole: of the last place a part counts.
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
  const all = new Int32Array(to * most); // of each place, from the first that is not zero on
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

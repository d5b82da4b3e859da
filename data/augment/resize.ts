// resizedCrop - a part of an image, stretched over the target.
//
//   y[i] = sum_j w_ij x[j],   w_ij = max(0, 1 - |j + .5 - (i + .5) scale| / max(1, scale)), scaled to sum 1
//
// along the rows first, then along the columns: bilinear, antialiased where it shrinks. Weights in 22-bit fixed point,
// 8 bits in between. Source: PIL's Image.resize, torchvision's resized_crop.
import type { Draws } from "./draws.ts";
import type { Pixels } from "./pixels.ts";

/** A part of an image. */
export interface Crop {
  top: number;
  left: number;
  height: number;
  width: number;
}

/**
 * Draws a part of an image: its share of the area uniform in `scale`, width over height log-uniform in `ratio`; the
 * largest part in the middle of a fitting ratio when ten draws do not fit. Source: torchvision's RandomResizedCrop.
 */
export function drawCrop(
  { height, width }: Pixels,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  draws: Draws,
): Crop {
  for (let i = 0; i < 10; i++) {
    const area = height * width * draws.uniform(...scale);
    const aspect = Math.exp(draws.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w < 1 || w > width || h < 1 || h > height) continue;
    return { top: draws.integer(height - h + 1), left: draws.integer(width - w + 1), height: h, width: w };
  }
  const w = Math.min(width, Math.round(height * ratio[1]));
  const h = Math.min(height, Math.round(width / ratio[0]));
  return { top: (height - h) >> 1, left: (width - w) >> 1, height: h, width: w };
}

/** Stretches a part of an image over the whole target. */
export function resizedCrop(source: Pixels, target: Pixels, crop: Crop): void {
  const { data, height, width, channels } = target;
  const row = source.width * channels, targetRow = width * channels;
  const between = new Uint8Array(crop.height * targetRow);
  const start = crop.top * row + crop.left * channels;
  // Lines are [place along the axis, channel and all else]: strides of both, and how many lines there are.
  for (let y = 0; y < crop.height; y++) {
    stretch(source.data, start + y * row, between, y * targetRow, channels, channels, crop.width, width);
  }
  stretch(between, 0, data, 0, targetRow, targetRow, crop.height, height);
}

/** Stretches `lines` neighbouring lines of `from` values, `step` apart, to `to` values. */
function stretch(
  source: Uint8Array,
  read: number,
  target: Uint8Array,
  write: number,
  step: number,
  lines: number,
  from: number,
  to: number,
): void {
  const { taps, first, weights } = weightsOf(from, to);
  for (let i = 0; i < to; i++) {
    const start = read + first[i] * step;
    for (let line = 0; line < lines; line++) {
      let sum = 1 << 21;
      for (let tap = 0; tap < taps; tap++) sum += weights[i * taps + tap] * source[start + tap * step + line];
      target[write + i * step + line] = sum >> 22; // the weights are at least 0 and sum to 1
    }
  }
}

interface Weights {
  /** How many places each value is made of, at most: what follows the last one counts nothing. */
  taps: number;
  /** The first of them, [to]. */
  first: Int32Array;
  /** [to, taps]. */
  weights: Int32Array;
}

const known = new Map<number, Weights>();

/** How `to` places are made of `from` places. */
function weightsOf(from: number, to: number): Weights {
  const key = from * 65536 + to;
  const found = known.get(key);
  if (found) return found;
  const scale = from / to;
  const reach = Math.max(1, scale);
  const taps = Math.min(from, 2 * Math.ceil(reach) + 1);
  const made = { taps, first: new Int32Array(to), weights: new Int32Array(to * taps) };
  for (let i = 0; i < to; i++) {
    const centre = (i + .5) * scale;
    // So far to the left that no tap is beyond the end.
    const first = made.first[i] = Math.min(Math.max(0, Math.trunc(centre - reach + .5)), from - taps);
    const shares = Array.from(
      { length: taps },
      (_, tap) => Math.max(0, 1 - Math.abs((first + tap - centre + .5) * (1 / reach))),
    );
    const sum = shares.reduce((a, b) => a + b);
    made.weights.set(shares.map((share) => Math.trunc(share / sum * 2 ** 22 + .5)), i * taps);
  }
  known.set(key, made);
  return made;
}

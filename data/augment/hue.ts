// hue - turns the colours round the colour wheel, 8 bits for hue, saturation and value each as PIL converts them.
//
//   max, min over R, G, B;   S = (max - min) / max;   V = max
//   6 H = B' - G' (R largest), 2 + R' - B' (G largest), 4 + G' - R' (B largest), X' = (max - X) / (max - min)
//
// H and S are truncated to 8 bits. Source: PIL's conversions between RGB and HSV, torchvision's adjust_hue.
import type { Pixels } from "./pixels.ts";

const { fround, trunc, floor } = Math;

/** The channels of the largest, the middle and the least value in each sixth of the wheel, from red to yellow on. */
const PLACES = [[0, 1, 2], [1, 0, 2], [1, 2, 0], [2, 1, 0], [2, 0, 1], [0, 2, 1]] as const;

/** Turns every pixel's hue by a share of the wheel, -0.5 to 0.5. Changes nothing in a grey image. */
export function hue({ data, channels }: Pixels, shift: number): void {
  if (channels !== 3) return;
  const turn = trunc(shift * 255);
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i], g = data[i + 1], b = data[i + 2];
    const max = Math.max(r, g, b);
    const range = max - Math.min(r, g, b);
    if (range === 0) continue; // grey has no hue
    const h = (hueOf(r, g, b, max, range) + turn) & 255;
    write(data, i, h, trunc(fround(range / max) * 255), max);
  }
}

/** Hue in 255ths of the wheel. PIL rounds to float32 on the way. */
function hueOf(r: number, g: number, b: number, max: number, range: number): number {
  const fromR = fround((max - r) / range),
    fromG = fround((max - g) / range),
    fromB = fround((max - b) / range);
  const sixth = fround(r === max ? fromB - fromG : g === max ? 2 + fromR - fromB : 4 + fromG - fromR);
  return trunc(fround((sixth / 6 + 1) % 1) * 255);
}

/** Writes a colour of hue, saturation and value. */
function write(data: Uint8Array, at: number, h: number, s: number, value: number): void {
  const sector = floor(h * 6 / 255);
  const along = fround(h * 6 / 255 - sector);
  const strength = fround(s / 255);
  const low = floor(value * (1 - strength) + .5);
  const between = floor(value * (1 - strength * (sector & 1 ? along : 1 - along)) + .5);
  const [high, middle, least] = PLACES[sector % 6];
  data[at + high] = value;
  data[at + middle] = between;
  data[at + least] = low;
}

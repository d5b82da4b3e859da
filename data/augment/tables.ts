// Operations that replace each value by another, channel by channel: tables of 256 entries. Source: PIL.ImageOps.
import { lookUp, type Pixels, table } from "./pixels.ts";

/** `255 - v`. */
export function invert(image: Pixels): void {
  solarize(image, 0);
}

/** Inverts the values from the threshold on. */
export function solarize(image: Pixels, threshold: number): void {
  lookUp(image, [table((v) => v < threshold ? v : 255 - v)]);
}

/** Keeps the highest `bits` bits of each value, 1 to 8. */
export function posterize(image: Pixels, bits: number): void {
  const mask = 0xff00 >> bits;
  lookUp(image, [table((v) => v & mask)]);
}

/** Stretches each channel over 0 … 255; a channel with a single value stays. */
export function autoContrast(image: Pixels): void {
  lookUp(
    image,
    histograms(image).map((counts) => {
      const least = counts.findIndex((count) => count > 0);
      const most = counts.findLastIndex((count) => count > 0);
      const scale = 255 / (most - least);
      return table((v) => least < most ? Math.trunc(clamp(v * scale - least * scale)) : v);
    }),
  );
}

/**
 * Spreads each channel's values so that all are about as frequent: `(step / 2 + pixels below v) / step` in whole
 * numbers, step a 255th of the pixels below the channel's maximum; where that is no pixel, the channel stays.
 */
export function equalize(image: Pixels): void {
  const pixels = image.height * image.width;
  lookUp(
    image,
    histograms(image).map((counts) => {
      const step = Math.floor((pixels - counts[counts.findLastIndex((count) => count > 0)]) / 255);
      if (step === 0) return table((v) => v);
      let below = step >> 1;
      return table((v) => {
        const spread = Math.floor(below / step);
        below += counts[v];
        return Math.min(255, spread);
      });
    }),
  );
}

/** For each channel, the number of pixels of each value. */
function histograms({ data, channels }: Pixels): Uint32Array[] {
  return Array.from({ length: channels }, (_, c) => {
    const counts = new Uint32Array(256);
    for (let i = c; i < data.length; i += channels) counts[data[i]]++;
    return counts;
  });
}

function clamp(v: number): number {
  return v < 0 ? 0 : v > 255 ? 255 : v;
}

/** An 8-bit image that is changed in place. */
export interface Pixels {
  /** [height, width, channels]. */
  data: Uint8Array;
  height: number;
  width: number;
  channels: number;
}

let copy = new Uint8Array(0);

/** A copy of the pixels, valid until the next call, for operations that read and overwrite an image. */
export function copyOf({ data }: Pixels): Uint8Array {
  if (copy.length < data.length) copy = new Uint8Array(data.length);
  copy.set(data);
  return copy;
}

/** Tabulates a function of an 8-bit value. */
export function table(value: (v: number) => number): Uint8Array {
  const values = new Uint8Array(256);
  for (let v = 0; v < 256; v++) values[v] = value(v); // five times as fast as Uint8Array.from
  return values;
}

/** Replaces every value of each channel by its entry in that channel's table of 256; one table may serve all. */
export function lookUp({ data, channels }: Pixels, tables: readonly Uint8Array[]): void {
  for (let c = 0; c < channels; c++) {
    const table = tables[c % tables.length];
    for (let i = c; i < data.length; i += channels) data[i] = table[data[i]];
  }
}

/** ITU-R 601 luma of a pixel, `.299 R + .587 G + .114 B` in 16-bit fixed point as PIL rounds it. */
export function luma(r: number, g: number, b: number): number {
  return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
}

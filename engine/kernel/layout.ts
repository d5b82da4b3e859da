import type { Shape } from "./shape.ts";
import type { NumberFormat } from "./format.ts";

/** Where a tensor's values are: a storage buffer, dense and row-major, or a texture of 4-vectors. */
export type Place = "buffer" | "texture";

/** Where a tensor's values are, and as what. */
export interface Held {
  place: Place;
  format: NumberFormat;
}

/** A tensor as the matrix of 4-vectors that kernels see. */
export interface Matrix {
  /** N * H of an image, the first dimension of a matrix, 1 of a vector. */
  rows: number;
  /** Pixels of a row: W of an image, 1 otherwise. */
  width: number;
  /** The last dimension. */
  channels: number;
  /** 4-vectors of a row: width * ceil(channels / 4). The rest of a pixel's last vector is zero. */
  cols: number;
}

/** The matrix view of a shape. */
export function matrixOf(shape: Shape): Matrix {
  const channels = shape.at(-1) ?? 1;
  const width = shape.length >= 3 ? shape.at(-2)! : 1;
  const rows = shape.slice(0, shape.length >= 3 ? -2 : -1).reduce((a, b) => a * b, 1);
  return { rows, width, channels, cols: width * Math.ceil(channels / 4) };
}

/** Bytes of a buffer that holds so many 4-byte words; a multiple of 16, so that a last 4-vector is whole. */
export function bufferBytes(words: number): number {
  return Math.max(16, Math.ceil(words / 4) * 16);
}

/** Values from dense row-major to the texels of a texture. */
export function toTexels(shape: Shape, values: Float32Array): Float32Array<ArrayBuffer> {
  const { rows, width, channels, cols } = matrixOf(shape);
  if (channels % 4 === 0) return values as Float32Array<ArrayBuffer>;
  const texels = new Float32Array(rows * cols * 4);
  const padded = Math.ceil(channels / 4) * 4;
  // Plain loops: a copy by subarray and set for each pixel takes five times as long.
  for (let from = 0, to = 0; from < rows * width * channels; from += channels, to += padded) {
    for (let c = 0; c < channels; c++) texels[to + c] = values[from + c];
  }
  return texels;
}

// The values that workloads run on, the same in every peer. torch/pytorch.py repeats these formulas.

/** Number of values of a result that are compared. */
export const SAMPLES = 16;

/** Value i of a seed, from -0.5 up to 0.5, in steps that float32 holds: murmur3's finaliser of a counter. */
function valueAt(seed: number, i: number): number {
  let h = (i + Math.imul(seed, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 8) / 2 ** 24 - 0.5;
}

/** The first values of a seed, times a factor. */
export function valuesOf(seed: number, size: number, factor = 1): Float32Array<ArrayBuffer> {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = factor * valueAt(seed, i);
  return values;
}

/** Labels of a batch, with classes that come more than once. */
export function labelsOf(batch: number, classes: number): number[] {
  return Array.from({ length: batch }, (_, i) => i * i % classes);
}

/** log N of each class, from 500 images down to 5. */
export function priorOf(classes: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: classes }, (_, c) => Math.log(500) - Math.log(100) * c / (classes - 1));
}

/** A seed for a name: FNV-1a, 32 bits. */
function seedOf(name: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/**
 * A trainable tensor of a network by torch's name. Filters [outC, k, k, inC] and the classifier [classes, features] are
 * uniform of variance 2 / fan-in; scales of batch norms (vectors `*.weight`) are 0.5, so that values stay near 1 however
 * deep the network is; biases are 0.
 */
export function tensorValues(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const size = shape.reduce((a, b) => a * b, 1);
  if (shape.length === 1) return new Float32Array(size).fill(name.endsWith(".bias") ? 0 : 0.5);
  return valuesOf(seedOf(name), size, 2 * Math.sqrt(6 / (size / shape[0])));
}

/** Draws the flat indices at which a result is sampled, one in each of {@linkcode SAMPLES} equal parts. */
export function samplePlaces(size: number): number[] {
  return Array.from({ length: SAMPLES }, (_, j) => Math.floor((j + valueAt(99, j) + 0.5) * size / SAMPLES));
}

/** Takes the samples of a result. */
export function sampleOf(result: ArrayLike<number>): number[] {
  return samplePlaces(result.length).map((place) => result[place]);
}

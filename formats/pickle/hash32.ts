/**
 * 32 bits that depend on every given integer and on nothing else: random numbers without a stream, so that the order
 * in which they are asked for does not matter. The mixing step is MurmurHash3's finaliser.
 *
 * @example
 * ```ts
 * import { hash32 } from "everyclass/formats";
 * console.log(hash32(1, 2) === hash32(1, 2), hash32(1, 2) === hash32(2, 1)); // true and false
 * ```
 */
export function hash32(...values: number[]): number {
  let hash = 0x9e3779b9;
  for (const value of values) {
    hash = mix(hash ^ mix(value | 0));
    hash = Math.imul(hash, 5) + 0x52dce729 | 0; // order matters: hash32(a, b) is not hash32(b, a)
  }
  return mix(hash) >>> 0;
}

function mix(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ h >>> 16;
}

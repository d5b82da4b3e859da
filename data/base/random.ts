export { hash32 } from "../../formats/pickle/mod.ts";

/**
 * NumPy's legacy generator: MT19937 as `numpy.random.seed` starts it, bit-exact.
 *
 * Source: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998); numpy.random.RandomState.
 *
 * @example
 * ```ts
 * import { LegacyRandom } from "everyclass/data";
 * const order = Uint32Array.from({ length: 10 }, (_, i) => i);
 * new LegacyRandom(0).shuffle(order); // numpy.random.seed(0); numpy.random.shuffle(order)
 * ```
 */
export class LegacyRandom {
  readonly #state = new Uint32Array(624);
  #next = 624;

  /**
   * The stream of a seed.
   *
   * @throws {RangeError} when the seed is no integer from 0 to 2^32 - 1, as in NumPy.
   */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
      throw new RangeError(`Cannot seed: it takes an integer from 0 to 4294967295, current seed is ${seed}`);
    }
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const last = state[i - 1];
      state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  /** The next 32 random bits. */
  uint32(): number {
    if (this.#next === 624) this.#refill();
    let y = this.#state[this.#next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** A uniform integer from 0 to `max`, both included, `max` < 2^32: draws under a mask until one fits. */
  interval(max: number): number {
    if (max === 0) return 0; // draws nothing
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** Shuffles in place. */
  shuffle(values: Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.interval(i);
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}

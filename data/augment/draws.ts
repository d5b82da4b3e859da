import { hash32 } from "../base/random.ts";

/**
 * Random numbers for one image, taken in turn: functions of the key and their place alone, so Workers and the order of
 * the images do not matter.
 */
export class Draws {
  readonly #key: number;
  #taken = 0;

  /** @param key 32 bits that tell the image, its view and the run apart. */
  constructor(key: number) {
    this.#key = key;
  }

  /** Uniform from `least` to below `limit`, in steps of 2^-32 of the way. */
  uniform(least = 0, limit = 1): number {
    const bits = this.#taken === 0 ? this.#key : hash32(this.#key, this.#taken);
    this.#taken++;
    return least + bits / 2 ** 32 * (limit - least);
  }

  /** Uniform from 0 to below `limit`, a whole number. */
  integer(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uniform() >= 1 - probability;
  }

  /** Shuffles in place. */
  shuffle<T extends unknown[] | Uint32Array>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [values[i], values[j]] = [values[j], values[i]];
    }
    return values;
  }
}

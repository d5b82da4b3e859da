import { hash32 } from "../../formats/pickle/mod.ts";

/** Random choices that depend on a seed and on the number of an input, and on nothing else. */
export class Draw {
  #state: number;

  constructor(...seed: number[]) {
    this.#state = hash32(...seed);
  }

  /** A number from 0 to below 1. */
  next(): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    return hash32(this.#state) / 2 ** 32;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** So many drawn bytes. */
  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }

  /** So many values, each drawn. */
  list<T>(count: number, draw: (i: number) => T): T[] {
    return Array.from({ length: count }, (_, i) => draw(i));
  }

  /** A short name. */
  word(): string {
    return this.pick(["a", "fc", "conv1", "layer.0", "weight", "bias", "running_mean", "ü", "x y", "0"]) +
      this.pick(["", "", ".weight", ".bias", "_1", "2"]);
  }
}

import type { Communicator } from "../../engine/mod.ts";

/** A rank is slow that computes for so many times as long as the middle one of all. */
const SLOW = 1.2;

/** Seconds of computing below which nobody is called slow. */
const LEAST = 1;

/**
 * Names the rank that the others wait for.
 *
 * @param busy Seconds for which each rank computed. @param hosts Host of each rank.
 * @returns A sentence; null where all are about as fast.
 */
export function slowRank(busy: ArrayLike<number>, hosts: readonly string[]): string | null {
  const sorted = Array.from(busy).sort((a, b) => a - b);
  const [middle, most] = [sorted[(sorted.length - 1) >> 1], sorted.at(-1)!];
  if (most < LEAST || most < SLOW * middle) return null;
  const rank = Array.from(busy).indexOf(most);
  return `Rank ${rank} on ${hosts[rank]} is slow: it computed for ${most.toFixed(1)} s, ` +
    `the middle one of ${sorted.length} ranks for ${middle.toFixed(1)} s`;
}

/** Measures how long the ranks compute between two moments, for example in an epoch. */
export class Pace {
  readonly #communicator: Communicator & { readonly waited: number };
  readonly #now: () => number;
  #begun: number;
  #waited: number;

  /** @param now Milliseconds; replaced in tests. */
  constructor(communicator: Communicator & { readonly waited: number }, now = () => performance.now()) {
    this.#communicator = communicator;
    this.#now = now;
    [this.#begun, this.#waited] = [now(), communicator.waited];
  }

  /** Seconds for which each rank computed since the last call, or since the beginning. All ranks must call it. */
  async busy(): Promise<Float32Array> {
    const [now, waited] = [this.#now(), this.#communicator.waited];
    const own = (now - this.#begun) / 1000 - (waited - this.#waited);
    [this.#begun, this.#waited] = [now, waited];
    return await this.#communicator.allGather(new Float32Array([own]));
  }
}

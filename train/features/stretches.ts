import type { Throughput } from "../results/records.ts";

/** Longest stretch of work that is submitted before the host waits for it, in milliseconds. */
const STRETCH_MS = 1000;

/** Most images of a stretch, unless one batch is larger. */
export const MOST_IMAGES = 8192;

/** Stretches of work between two waits of the host, as long as the speed so far says. */
export class Stretches {
  /** Totals of all that were counted. */
  readonly #timed = { images: 0, ms: 0, waitedMs: 0 };

  /** Counts a stretch; one whose time includes compiling the shaders is left out. @param waitedMs Time spent waiting for data. */
  count(images: number, ms: number, waitedMs: number): void {
    this.#timed.images += images;
    this.#timed.ms += ms;
    this.#timed.waitedMs += waitedMs;
  }

  /** Images between two waits, in whole batches: about a second's work. */
  images(batch: number, most: number): number {
    const { images, ms } = this.#timed;
    const wanted = Math.min(most, ms && STRETCH_MS * images / ms);
    return Math.max(1, Math.floor(wanted / batch)) * batch;
  }

  /** Images a second, and the share of the time spent waiting for data. */
  get throughput(): Throughput {
    const { images, ms, waitedMs } = this.#timed;
    return { forwardImagesPerSecond: ms && images / ms * 1000, dataWaitShare: ms && waitedMs / ms };
  }
}

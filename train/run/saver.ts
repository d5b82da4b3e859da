import type { Saving } from "../progress/saving.ts";

/** A piece of work that can be saved. */
export interface Savable {
  /** Writes the work so far and its results. @param goesOn True if the work can go on from there; if not, it would fail again. */
  save(goesOn: boolean): Promise<void>;
  /** Packs the work as it stands now. @returns A function that writes what was packed. */
  pack(): () => Promise<void>;
}

/** Time between two saves of a run on the way. */
export interface Pace {
  /** Least time between two saves within a part of the run, in milliseconds. */
  everyMs: number;
  /** Largest share of the run's time that saves take. */
  share: number;
}

/** The pace of every run. */
export const PACE: Pace = { everyMs: 30_000, share: 0.01 };

/** Saves the work of a run on the way, one save at a time. */
export class Saver implements Saving {
  /** The error of the save that failed; null without one. */
  fault: unknown = null;
  #last = performance.now();
  /** Duration of the last save, in milliseconds. */
  #cost = 0;
  #writing: Promise<void> | null = null;

  constructor(private readonly work: Savable, private readonly pace: Pace) {}

  /** See {@linkcode Saving.isDue}. */
  isDue(atEnd = false): boolean {
    if (this.fault !== null) throw this.fault;
    if (this.#writing !== null) return false;
    const { everyMs, share } = this.pace;
    return performance.now() - this.#last >= Math.max(atEnd ? 0 : everyMs, this.#cost / share);
  }

  /** See {@linkcode Saving.save}. */
  save(): void {
    const begun = performance.now();
    const write = this.work.pack();
    const earlier = this.#writing ?? Promise.resolve();
    const writing = this.#writing = earlier.then(write).then(
      () => this.#count(begun),
      (error) => void (this.fault ??= error),
    ).finally(() => {
      if (this.#writing === writing) this.#writing = null;
    });
  }

  /** Saves the work and its results, and waits until they are written. @throws {UnwrittenError} when they cannot be. */
  async saveWhole(): Promise<void> {
    const begun = performance.now();
    await this.work.save(true).catch((error) => {
      throw this.fault = error;
    });
    this.#count(begun);
  }

  /** Waits until the save under way is written. @throws {UnwrittenError} when a save could not be written. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.fault !== null) throw this.fault;
  }

  #count(begun: number): void {
    this.#last = performance.now();
    this.#cost = this.#last - begun;
  }
}

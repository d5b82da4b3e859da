/** An operation that was started. */
interface Started {
  /** Memory that MPI reads or writes until the operation has ended. */
  kept: unknown;
  isDone(): boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** Milliseconds after a sign of life during which the thread looks again at once, so that short operations end at once. */
const HOT = 1;

/** Milliseconds of a test from which it must have moved data, so that looking again at once is worth the time. */
const MOVED = 0.02;

/** Milliseconds between two looks when nothing moves; timers take about 1 more. */
const REST = 1;

/**
 * Operations in flight, in the order in which they were started. MPI moves data only while one of its functions runs, so the
 * event loop looks after the oldest operation: at once while data move, else every few milliseconds, so that waiting for a slow
 * process leaves the core to others.
 */
export class InFlight {
  readonly #queue: Started[] = [];
  #hotUntil = 0;
  #lookedAt = 0;
  #expected = 0;
  #waited = 0;

  /** Seconds in which this process had nothing to do but wait for others, roughly. */
  get waited(): number {
    return this.#waited / 1000;
  }

  /** @param isDone Tells whether the operation has ended; throws when it failed. @param kept Memory that it uses. @returns Settled when it has. */
  add(isDone: () => boolean, kept: unknown): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ kept, isDone, resolve, reject });
    const now = performance.now();
    this.#hotUntil = now + HOT;
    if (this.#queue.length === 1) {
      this.#lookedAt = now;
      this.#look();
    }
    return promise;
  }

  #look = (): void => {
    const before = performance.now();
    // A thread that was busy for longer than it meant to rest did not wait.
    this.#waited += Math.min(before - this.#lookedAt, this.#expected);
    this.#settle();
    const now = performance.now();
    this.#waited += now - before;
    this.#lookedAt = now;
    if (now - before > MOVED) this.#hotUntil = now + HOT;
    if (this.#queue.length === 0) return;
    const isHot = now < this.#hotUntil;
    this.#expected = isHot ? 0.1 : 2 * REST + 1;
    if (isHot) setImmediate(this.#look);
    else setTimeout(this.#look, REST);
  };

  /** Settles the oldest operations as far as they have ended. */
  #settle(): void {
    while (this.#queue.length > 0) {
      const oldest = this.#queue[0];
      try {
        if (!oldest.isDone()) return;
        oldest.resolve();
      } catch (error) {
        oldest.reject(error);
      }
      this.#queue.shift();
      this.#hotUntil = performance.now() + HOT;
    }
  }
}

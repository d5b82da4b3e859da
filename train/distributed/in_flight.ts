/** An operation that was started. */
export interface Started {
  /** Tells whether the operation has ended; throws when it failed. */
  isDone(): boolean;
  /** Milliseconds that the operation may take once the ones before it have ended: for so long this thread looks without rest. */
  patience: number;
  /** Memory that MPI reads or writes until the operation has ended. */
  kept: unknown;
}

/** The clock and the event loop; replaced in tests. */
export interface Loop {
  /** Milliseconds. */
  now(): number;
  /** Calls back once other events had their turn. */
  soon(look: () => void): void;
  /** Calls back after so many milliseconds. */
  later(look: () => void, delay: number): void;
}

const eventLoop: Loop = {
  now: () => performance.now(),
  soon: (look) => void setImmediate(look),
  later: (look, delay) => void setTimeout(look, delay),
};

/** Tests of the oldest operation at each look: MPI moves a piece of a long array at each. */
const TESTS = 8;

/** Milliseconds between two looks without rest, at most, where this thread has nothing else to do. */
const SOON = 0.1;

/** Share of the time waited in vain after which this thread looks again, and its bounds in milliseconds. */
const REST = 0.02;
const [LEAST_REST, MOST_REST] = [1, 10];

/** Milliseconds by which timers are late. */
const LATE = 2;

/**
 * Operations in flight, in the order in which they were started. MPI moves data only while one of its functions runs, so this
 * thread looks after the oldest operation, which moves the others too: without rest for as long as the operation may take,
 * then ever less often, so that waiting for a slow process takes little of a core and ends little late.
 */
export class InFlight {
  readonly #loop: Loop;
  readonly #queue: (Started & PromiseWithResolvers<void>)[] = [];
  /** When the oldest operation became the oldest. */
  #since = 0;
  /** When the last look ended, and the milliseconds until the next one if this thread is free. */
  #lookedAt = 0;
  #pause = 0;
  #waited = 0;

  /** @param loop The clock and the event loop. */
  constructor(loop: Loop = eventLoop) {
    this.#loop = loop;
  }

  /** Seconds in which an operation was in flight and this thread had nothing else to do. */
  get waited(): number {
    return this.#waited / 1000;
  }

  /** Looks after an operation. @returns Settled when it has ended. */
  add(started: Started): Promise<void> {
    const entry = { ...started, ...Promise.withResolvers<void>() };
    this.#queue.push(entry);
    if (this.#queue.length === 1) {
      this.#since = this.#lookedAt = this.#loop.now();
      this.#pause = 0;
      this.#look();
    }
    return entry.promise;
  }

  #look = (): void => {
    const begun = this.#loop.now();
    // A thread that comes back later than it meant to was busy in between.
    this.#waited += Math.min(begun - this.#lookedAt, this.#pause);
    for (let test = 0; test < TESTS && this.#queue.length > 0; test++) this.#test(this.#queue[0]);
    const now = this.#loop.now();
    this.#waited += now - begun;
    this.#lookedAt = now;
    if (this.#queue.length === 0) return;
    const late = now - this.#since - this.#queue[0].patience;
    if (late < 0) {
      this.#pause = SOON;
      this.#loop.soon(this.#look);
    } else {
      const rest = Math.min(MOST_REST, Math.max(LEAST_REST, REST * late));
      this.#pause = rest + LATE;
      this.#loop.later(this.#look, rest);
    }
  };

  #test(oldest: Started & PromiseWithResolvers<void>): void {
    try {
      if (!oldest.isDone()) return;
      oldest.resolve();
    } catch (error) {
      oldest.reject(error);
    }
    this.#queue.shift();
    this.#since = this.#loop.now();
  }
}

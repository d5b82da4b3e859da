/** A clock that stands still until a test moves it on. */
export interface Clock {
  /** Milliseconds. */
  ms: number;
}

/** Runs a function while `performance.now` tells the time of a clock of its own, so that no busy machine has a part in it. */
export async function withClock<T>(run: (clock: Clock) => Promise<T>): Promise<T> {
  const { now } = performance;
  const clock = { ms: 0 };
  performance.now = () => clock.ms;
  try {
    return await run(clock);
  } finally {
    performance.now = now;
  }
}

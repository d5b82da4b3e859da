const looks = new WeakMap<AbortSignal, () => void>();

/** Keeps the way to look for a stop that a signal hears of only once the thread waits. */
export function lookBy(signal: AbortSignal, check: () => void): void {
  looks.set(signal, check);
}

/**
 * The way to look for a stop amid work that never waits. It throws the signal's reason once the signal is aborted; for the
 * signal of a command it hears, too, what came while this thread was busy.
 */
export function lookFor(signal: AbortSignal): () => void {
  return looks.get(signal) ?? (() => signal.throwIfAborted());
}

/**
 * The result of work that does not look for a signal itself, unless the signal is aborted before: the work is then left
 * alone, and nobody hears of its end.
 *
 * @throws {unknown} the signal's reason, as soon as the signal is aborted; and what the work throws.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

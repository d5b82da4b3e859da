/** A time that work in progress still gets after a signal was aborted. */
export class GracePeriod implements Disposable {
  /** Resolves with null when the time is up. */
  readonly passed: Promise<null>;
  readonly #signal: AbortSignal | undefined;
  readonly #begin: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param signal Without a signal the time is never up. @param ms Length of the time in milliseconds. */
  constructor(signal: AbortSignal | undefined, ms: number) {
    const { promise, resolve } = Promise.withResolvers<null>();
    this.passed = promise;
    this.#signal = signal;
    this.#begin = () => this.#timer = setTimeout(() => resolve(null), ms);
    signal?.addEventListener("abort", this.#begin);
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#signal?.removeEventListener("abort", this.#begin);
    clearTimeout(this.#timer);
  }
}

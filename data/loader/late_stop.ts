/** Tells when a signal was aborted a while ago, and what is waited for since then will hardly come. */
export class LateStop implements Disposable {
  /** Resolves with null then. */
  readonly passed: Promise<null>;
  readonly #signal: AbortSignal | undefined;
  readonly #begin: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param signal Without one it never comes. @param ms How long after it. */
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

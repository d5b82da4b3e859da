import { type FromSignalWorker, STOP_SIGNALS, type StopSignal } from "./signals.ts";

/** Listens for the first signal, until the returned object is disposed of; replaced in tests. */
export type SignalSource = (heard: (name: StopSignal) => void) => Promise<Disposable>;

/** Thrown where a run notices that it was asked to stop. */
export class Interrupted extends Error {
  /** Name shown in a stack trace. */
  override name = "Interrupted";

  /** @param exitCode Exit code of a process ended by the signal that came. @param message Message for the user. */
  constructor(readonly exitCode: number, message = "Stopped by the user") {
    super(message);
  }
}

/**
 * Makes Ctrl-C a flag: the first SIGINT, SIGTERM or SIGHUP aborts the signal, so that a run ends at a step it chooses; the
 * second signal ends the process at once. Disposal gives Ctrl-C back its usual meaning.
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  #listening: Disposable | null = null;

  private constructor() {}

  /**
   * Begins to listen.
   *
   * @param onFirst Called at the first signal, to tell the user that the run is about to stop.
   * @param source Source of the signals.
   */
  static async listen(onFirst: () => void = () => {}, source: SignalSource = inWorker): Promise<Interrupt> {
    const interrupt = new Interrupt();
    interrupt.#listening = await source((name) => {
      if (interrupt.signal.aborted) return;
      // 128 + the signal's number, as shells expect.
      interrupt.#controller.abort(new Interrupted(128 + STOP_SIGNALS[name]));
      onFirst();
    });
    return interrupt;
  }

  /** Aborted from the first signal on; `signal.throwIfAborted()` throws {@linkcode Interrupted}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#listening?.[Symbol.dispose]();
    this.#listening = null;
  }
}

/**
 * Listens in a Worker, as this thread may be busy for long, for example while a shader compiles. The Worker removes its
 * listeners at the first signal, so that the second signal has its usual meaning whatever any thread does.
 */
function inWorker(heard: (name: StopSignal) => void): Promise<Disposable> {
  const worker = new Worker(new URL("./interrupt_worker.ts", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
  worker.onmessage = ({ data }: MessageEvent<FromSignalWorker>) => {
    if (data === "listens") resolve({ [Symbol.dispose]: () => worker.terminate() });
    else heard(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`Cannot listen for Ctrl-C: the Worker that does so ended with: ${event.message}`));
  };
  return promise;
}

import { needHandles } from "../../data/disk/mod.ts";
import { startWorker } from "../../data/workers/mod.ts";
import { lookBy } from "../progress/stopping.ts";
import { type FromSignalWorker, STOP_SIGNALS, type StopSignal, type ToSignalWorker } from "./signals.ts";

/**
 * Listens for the first signal, until the returned object is disposed of, and sets the number in shared memory to that of
 * the signal; replaced in tests.
 */
export type SignalSource = (
  heard: (name: StopSignal) => void,
  number: Int32Array,
) => Promise<Disposable>;

/** Thrown where a run notices that it was asked to stop. */
export class Interrupted extends Error {
  /** Name shown in a stack trace. */
  override name = "Interrupted";

  /** @param exitCode Exit code of a process ended by the signal that came. @param message Message for the user. */
  constructor(readonly exitCode: number, message = "Stopped by the user") {
    super(message);
  }
}

/** The stop by the user among an error and its causes; null where the user did not stop the run. */
export function stopIn(error: unknown): Interrupted | null {
  if (error instanceof Interrupted) return error;
  return error instanceof Error && error.cause !== undefined ? stopIn(error.cause) : null;
}

/**
 * Makes Ctrl-C a flag: the first SIGINT, SIGTERM or SIGHUP aborts the signal, so that a run ends at a step it chooses; the
 * second signal ends the process at once. Disposal gives Ctrl-C back its usual meaning.
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  /** Number of the signal that came; 0 before. */
  readonly #number = new Int32Array(new SharedArrayBuffer(4));
  #listening: Disposable | null = null;

  private constructor() {
    lookBy(this.signal, () => this.check());
  }

  /**
   * Begins to listen.
   *
   * @param source Where signals come from, and who tells the user that the run is about to stop.
   */
  static async listen(source: SignalSource): Promise<Interrupt> {
    const interrupt = new Interrupt();
    interrupt.#listening = await source(
      (name) => interrupt.#stop(STOP_SIGNALS[name]),
      interrupt.#number,
    );
    return interrupt;
  }

  /** Aborted from the first signal on; `signal.throwIfAborted()` throws {@linkcode Interrupted}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Looks for a signal amid work that never waits, where nothing else can. @throws {Interrupted} when one came. */
  check(): void {
    const number = Atomics.load(this.#number, 0);
    if (number !== 0) this.#stop(number);
    this.signal.throwIfAborted();
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#listening?.[Symbol.dispose]();
    this.#listening = null;
  }

  /** Aborts the signal, once. */
  #stop(number: number): void {
    // 128 + the signal's number, as shells expect.
    if (!this.signal.aborted) this.#controller.abort(new Interrupted(128 + number));
  }
}

/** Module of the Worker that listens for signals. */
export const signalScript = new URL("./interrupt_worker.ts", import.meta.url);

/** Files that a command opens at a time besides those of its loaders: this Worker's, the driver's, its own. */
const HANDLES = 40;

/**
 * Listens in a Worker, as this thread may be busy for long, for example while a shader compiles. The Worker answers the
 * user, and removes its listeners at the first signal, so that the second one has its usual meaning whatever any thread
 * does.
 *
 * @param text Written to stderr at the first signal.
 * @throws {Error} when the process may open too few files for this Worker and for the work of a command.
 */
export function inWorker(text: string): SignalSource {
  return (heard, number) => {
    needHandles(HANDLES);
    const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
    const worker = startWorker<ToSignalWorker, FromSignalWorker>(signalScript, "signals", {
      onMessage(message) {
        if (message === "listens") resolve({ [Symbol.dispose]: () => worker.terminate() });
        else heard(message);
      },
      onError(message) {
        reject(new Error(`Cannot listen for Ctrl-C: the Worker that does so ended with: ${message}`));
      },
    });
    worker.post({ heard: number, text });
    return promise;
  };
}

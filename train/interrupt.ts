/** The signals that ask a run to stop: Ctrl-C, a request to terminate, a terminal that was closed. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Where the signals come from; replaced in tests. */
export interface SignalSource {
  /** Begins to call the listener for a signal. */
  add(name: StopSignal, listener: () => void): void;
  /** Stops doing so. */
  remove(name: StopSignal, listener: () => void): void;
  /** Ends the process. */
  exit(code: number): void;
}

/** Whether programs can listen to a signal here: Windows has no SIGTERM. */
const isHeard = (name: StopSignal) => name !== "SIGTERM" || Deno.build.os !== "windows";

const realSignals: SignalSource = {
  add: (name, listener) => isHeard(name) && Deno.addSignalListener(name, listener),
  remove: (name, listener) => isHeard(name) && Deno.removeSignalListener(name, listener),
  exit: Deno.exit,
};

/** Thrown where a run notices that it was asked to stop. */
export class Interrupted extends Error {
  /** Name shown in a stack trace. */
  override name = "Interrupted";

  /** @param exitCode Exit code of a process ended by the signal that came. @param message What to tell the user. */
  constructor(readonly exitCode: number, message = "Stopped by the user") {
    super(message);
  }
}

/**
 * Ctrl-C as a flag: the first SIGINT, SIGTERM or SIGHUP aborts the signal, so that a run ends at a step it chooses; the
 * second one ends the process at once. Disposing of it gives Ctrl-C back its usual meaning.
 */
export class Interrupt implements Disposable {
  #controller = new AbortController();
  #source: SignalSource;
  #listeners: [StopSignal, () => void][];

  /**
   * @param onFirst Called at the first signal, to tell the user that the run is about to stop.
   * @param source Where signals come from.
   */
  constructor(onFirst: () => void = () => {}, source: SignalSource = realSignals) {
    this.#source = source;
    const listener = (code: number) => () => {
      if (this.signal.aborted) return source.exit(code);
      this.#controller.abort(new Interrupted(code));
      onFirst();
    };
    // 128 + the signal's number, as shells expect.
    this.#listeners = [["SIGINT", listener(130)], ["SIGTERM", listener(143)], ["SIGHUP", listener(129)]];
    for (const [name, call] of this.#listeners) source.add(name, call);
  }

  /** Aborted from the first signal on; `signal.throwIfAborted()` throws {@linkcode Interrupted}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const [name, call] of this.#listeners) this.#source.remove(name, call);
    this.#listeners = [];
  }
}

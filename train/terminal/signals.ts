/** The signals that ask a run to stop, with their numbers; SIGHUP comes when its terminal is closed. */
export const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** A signal that asks a run to stop. */
export type StopSignal = keyof typeof STOP_SIGNALS;

/** Makes a write beyond the limit of `ulimit -f` fail, by an error that says so, in place of ending the process. */
export function failBeyondFileLimit(): void {
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGXFSZ", () => {});
}

/** First message to the Worker. */
export interface ToSignalWorker {
  /** One number in shared memory, which becomes that of the signal: a thread that is busy can look there. */
  heard: Int32Array;
  /** Written to stderr at the signal. */
  text: string;
}

/** Message of the Worker: that it listens, then the first signal. */
export type FromSignalWorker = "listens" | StopSignal;

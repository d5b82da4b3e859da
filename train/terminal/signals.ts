/** The signals that ask a run to stop, with their numbers; SIGHUP comes when its terminal is closed. */
export const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** A signal that asks a run to stop. */
export type StopSignal = keyof typeof STOP_SIGNALS;

/** First message to the Worker. */
export interface ToSignalWorker {
  /** One number in shared memory, which becomes that of the signal: a thread that is busy can look there. */
  heard: Int32Array;
  /** Written to stderr at the signal. */
  text: string;
}

/** Message of the Worker: that it listens, then the first signal. */
export type FromSignalWorker = "listens" | StopSignal;

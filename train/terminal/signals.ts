/** The signals that ask a run to stop, with their numbers; SIGHUP comes when its terminal is closed. */
export const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** A signal that asks a run to stop. */
export type StopSignal = keyof typeof STOP_SIGNALS;

/** Message of the Worker: that it listens, then the first signal. */
export type FromSignalWorker = "listens" | StopSignal;

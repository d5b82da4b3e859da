/** Inputs for a Worker to read: those of a format and a seed from one number until another. */
export interface Task {
  name: string;
  seed: number;
  from: number;
  to: number;
  /** An empty folder for files. */
  folder: string;
  /** [input under way, milliseconds since the Worker began it] of the Worker, in whole numbers. */
  clock: Int32Array<SharedArrayBuffer>;
  /** Address of the module that opens the format by its name. */
  table: string;
}

/** A fault, and the input that has it. */
export interface Finding {
  index: number;
  fault: string;
}

/** Counts of inputs that were read. */
export interface Tally {
  refused: number;
  accepted: number;
  /** The slowest input, in milliseconds. */
  slowest: number;
  slowestIndex: number;
  /** Most bytes that an input took. */
  memory: number;
  findings: Finding[];
}

/** Nothing read yet. */
export const newTally = (): Tally => ({
  refused: 0,
  accepted: 0,
  slowest: 0,
  slowestIndex: -1,
  memory: 0,
  findings: [],
});

import type { Work } from "./kernels.ts";

/** Place in the shared numbers of the flag that ends the work early; behind it stands the next kernel of each part. */
export const STOP = 0;

/** Message to a Worker: what to compile, and numbers that all Workers share. */
export interface ToCompiler {
  work: Work;
  control: Int32Array;
}

/** A Worker's only message, when its device is at rest. */
export interface FromCompiler {
  /** Message of the error that ended its work; null where none did. */
  error: string | null;
}

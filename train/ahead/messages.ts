import type { Work } from "./kernels.ts";

/**
 * Place in the shared numbers of the flag that ends the work early; behind it stands the next kernel of each part, then for
 * each Worker whether it has begun: 0 while it loads, 1 once it has a device, 2 once it was ended before.
 */
export const STOP = 0;

/** Message to a Worker: what to compile, and numbers that all Workers share. */
export interface ToCompiler {
  work: Work;
  control: Int32Array;
  /** Place of the Worker's own number. */
  own: number;
}

/** A Worker's only message, when its device is at rest. */
export interface FromCompiler {
  /** Message of the error that ended its work; null where none did. */
  error: string | null;
}

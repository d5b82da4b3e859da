/** Features of images, a row each, wherever they are kept. */
export interface FeatureRows {
  /** How many rows. */
  readonly count: number;
  /** Values of a row. */
  readonly width: number;
  /**
   * Copies rows.
   *
   * @param samples Whose rows, in any order. @param out [samples, width], in that order.
   * @throws {Error} when they cannot be read.
   */
  gather(samples: Uint32Array, out: Float32Array): void;
  /** Gives back what reading holds open; a later `gather` opens it again. */
  close(): void;
}

/** Where features go as they are computed. */
export interface RowSink {
  /**
   * Takes rows.
   *
   * @param samples Whose rows these are. @param rows [samples, width], the caller's again after the call.
   */
  put(samples: Uint32Array, rows: Float32Array): void | Promise<void>;
}

/** The numbers from `from` to below `to`. */
export function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

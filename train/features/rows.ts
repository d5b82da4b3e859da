/** Features of images, a row each, wherever they are kept. */
export interface FeatureRows {
  /** Number of rows. */
  readonly count: number;
  /** Values of a row. */
  readonly width: number;
  /**
   * Copies rows.
   *
   * @param samples Places of the rows, in any order. @param out [samples, width], filled in that order.
   * @throws {Error} when the rows cannot be read.
   */
  gather(samples: Uint32Array, out: Float32Array): void;
  /** Closes the file that reading holds open; a later `gather` opens it again. */
  close(): void;
}

/** Images by their place in a set: the first, and the one after the last. */
export interface Part {
  from: number;
  to: number;
}

/** The receiver of features as they are computed. */
export interface RowSink {
  /**
   * Takes rows.
   *
   * @param samples Places of the rows. @param rows [samples, width]; after the call the caller may overwrite it.
   */
  put(samples: Uint32Array, rows: Float32Array): void | Promise<void>;
}

/** The numbers from `from` to below `to`. */
export function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

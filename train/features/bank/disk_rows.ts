import { closeSync, openSync, readSync } from "node:fs";
import type { FeatureRows } from "../rows.ts";

/**
 * Rows in a file, f32 little-endian: row i begins at byte 4 width i. Rows are read when they are asked for, each by one
 * positioned read, neighbours together; only the system keeps contents of files, in free memory.
 */
export class DiskRows implements FeatureRows {
  #file: number | null = null;

  constructor(readonly path: string, readonly count: number, readonly width: number) {}

  /** Copies rows, not sorted by place first: with the file in free memory sorting costs more than it saves. */
  gather(samples: Uint32Array, out: Float32Array): void {
    const bytes = 4 * this.width;
    for (let i = 0; i < samples.length;) {
      let run = 1;
      while (samples[i + run] === samples[i] + run) run++;
      this.#read(new Uint8Array(out.buffer, out.byteOffset + i * bytes, run * bytes), samples[i] * bytes);
      i += run;
    }
  }

  /** Opens the file now: its rows stay readable when the file is removed. @throws {Error} when it is gone already. */
  open(): this {
    this.#file ??= openSync(this.path, "r");
    return this;
  }

  /** Closes the file; a later `gather` opens it again. */
  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #read(into: Uint8Array, position: number): void {
    try {
      const file = this.open().#file!;
      for (let at = 0; at < into.length;) {
        const got = readSync(file, into, at, into.length - at, position + at);
        if (got === 0) throw new Error("it was cut short since it was checked");
        at += got;
      }
    } catch (cause) {
      throw new Error(`Cannot read the features in ${this.path}: ${(cause as Error).message}`, { cause });
    }
  }
}

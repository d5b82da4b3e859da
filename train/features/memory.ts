import { withRoom } from "../../data/mod.ts";
import type { FeatureRows, RowSink } from "./rows.ts";

/** Rows in memory. */
export class MemoryRows implements FeatureRows, RowSink {
  /** Number of rows. */
  readonly count: number;

  /** @param width Values of a row. @param values [count, width]; used without a copy. */
  constructor(readonly width: number, readonly values: Float32Array) {
    this.count = values.length / width;
  }

  /** Copies rows. */
  gather(samples: Uint32Array, out: Float32Array): void {
    const { width, values } = this;
    samples.forEach((from, to) => out.set(values.subarray(from * width, (from + 1) * width), to * width));
  }

  /** Takes rows. */
  put(samples: Uint32Array, rows: Float32Array): void {
    const { width, values } = this;
    samples.forEach((to, from) => values.set(rows.subarray(from * width, (from + 1) * width), to * width));
  }

  /** Does nothing: rows in memory hold nothing open. */
  close(): void {}
}

/** Rows in memory, all zero. */
export function memoryRows(count: number, width: number): MemoryRows {
  const bytes = 4 * count * width;
  const task = `keep features of ${count} images, ${width} values each`;
  const make = () => new MemoryRows(width, new Float32Array(count * width));
  return withRoom(task, bytes, "set featureBank=disk, or take fewer images", make);
}

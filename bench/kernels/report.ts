// Writes the table below the benches: rates, and their share of the adapter's ceiling.

import { columnsOf } from "../../train/flags/columns.ts";
import type { Ceiling } from "./ceiling.ts";
import type { KernelTiming } from "./measure.ts";

const HEAD = ["op", "shape", "family", "ms", "GFLOP/s", "GB/s", "of the ceiling", "first run ms"];

/** Writes timings as text with aligned columns. */
export function timingTable(rows: readonly KernelTiming[]): string {
  const cells = rows.map((row) => [
    row.op,
    row.shape,
    row.family,
    row.ms.toFixed(2),
    row.gflops >= 0.05 ? row.gflops.toFixed(1) : "",
    row.gbs.toFixed(1),
    `${(100 * row.share).toFixed(0)} % of ${row.bound}`,
    row.firstMs.toFixed(0),
  ]);
  const { rows: lines } = columnsOf([HEAD, ...cells], (column) => column < 3 || column === 6);
  return lines.map((line) => line.join("  ").trimEnd()).join("\n");
}

/** Writes the ceilings as a line. */
export function ceilingLine(adapter: string, family: string, { gflops, gbs }: Ceiling): string {
  return `${adapter}, ${family}: at most ${gflops.toFixed(0)} GFLOP/s of multiply-adds, ${
    gbs.toFixed(1)
  } GB/s of copies`;
}

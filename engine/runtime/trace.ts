import { mebibytes } from "./memory.ts";
import type { Step } from "./step.ts";

/**
 * A plan's dispatches as a table: kernel, op, shape, megabytes of its operands, GFLOP; with times, also milliseconds,
 * GFLOP/s, GB/s and the share of the whole.
 *
 * @param times Milliseconds of each step, as {@link Plan.profile} measures them.
 */
export function describeSteps(steps: readonly Step[], times?: readonly number[]): string {
  const total = times?.reduce((sum, ms) => sum + ms, 0) ?? 0;
  const head = ["kernel", "op", "shape", "MB", "GFLOP", ...times ? ["ms", "GFLOP/s", "GB/s", "share"] : []];
  const rows = steps.map(({ node, kernel, bytes }, i) => {
    const ms = times?.[i] ?? 0;
    // An op of several kernels counts its operations at the last one, which writes the result.
    const last = steps[i + 1]?.node !== node;
    const flops = last ? node.op.flops?.(node) ?? 0 : 0;
    const known = [kernel.label, node.op.name, node.shape.join("x") || "scalar"];
    const sizes = [(bytes / 1e6).toFixed(2), flops ? (flops / 1e9).toFixed(3) : ""];
    const rate = flops && ms > 0 ? (flops / ms / 1e6).toFixed(1) : "";
    const timed = [
      ms.toFixed(3),
      rate,
      ms > 0 ? (bytes / ms / 1e6).toFixed(1) : "",
      `${(100 * ms / total).toFixed(1)}%`,
    ];
    return [...known, ...sizes, ...times ? timed : []];
  });
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table.map((row) =>
    row.map((cell, column) => column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join(
      "  ",
    ).trimEnd()
  ).join("\n");
}

/** The line above such a table: how many dispatches, and how much memory. */
export function describeSize(steps: number, once: number, bytes: number): string {
  return `${steps} dispatches a run and ${once} once, ${mebibytes(bytes)} beside the parameters`;
}

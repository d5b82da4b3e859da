// A plan's dispatches as data, and as tables for people.
import type { Shape } from "../../kernel/shape.ts";
import { mebibytes } from "../../kernel/bytes.ts";
import type { PlanStep } from "./step.ts";

/** The facts of a dispatch, or of a native copy, which plans put among dispatches. */
export interface Dispatch {
  /** Its shader; `copy (native)` without one. */
  kernel: string;
  /** The op that it computes, or helps to compute. */
  op: string;
  /** Shape of the op's result; `[]` of a scalar. */
  shape: Shape;
  /** Shapes of what the op reads. */
  inputs: readonly Shape[];
  /** Workgroups along x, y and z; none of a native copy. */
  workgroups: readonly number[];
  /** Bytes of its operands, each counted once. */
  bytes: number;
  /** Operations; of an op of several kernels at the one that takes longest or, without times, has the most bytes. */
  flops: number;
  /** Milliseconds on the device, where they were measured. */
  ms: number | null;
  /** Number of times that it is dispatched. */
  count: number;
}

/**
 * The dispatches of a plan.
 *
 * @param times Milliseconds of each step, as {@link Plan.profile} measures them.
 */
export function dispatchesOf(steps: readonly PlanStep[], times?: readonly number[]): Dispatch[] {
  const weigh = (i: number) => times ? times[i] : steps[i].bytes;
  const main = new Map<PlanStep["node"], number>();
  steps.forEach(({ node }, i) => {
    const known = main.get(node);
    if (known === undefined || weigh(i) > weigh(known)) main.set(node, i);
  });
  return steps.map((step, i) => dispatchOf(step, main.get(step.node) === i, times?.[i] ?? null));
}

function dispatchOf(step: PlanStep, isMain: boolean, ms: number | null): Dispatch {
  const { node, label, bytes } = step;
  return {
    kernel: label,
    op: node.op.name,
    shape: node.shape,
    inputs: node.inputs.map(({ shape }) => shape),
    workgroups: step.kind === "dispatch" ? step.kernel.workgroups : [],
    bytes,
    flops: isMain ? node.op.flops?.(node) ?? 0 : 0,
    ms,
    count: 1,
  };
}

/** Milliseconds of all dispatches, each as often as it is dispatched. */
export function timeOf(dispatches: readonly Dispatch[]): number {
  return dispatches.reduce((sum, { ms, count }) => sum + (ms ?? 0) * count, 0);
}

/**
 * Dispatches as a table: kernel, op, shape, megabytes of its operands, GFLOP; with times, also milliseconds, GFLOP/s,
 * GB/s and the share of the whole.
 *
 * @param whole Milliseconds of the whole; default those of these dispatches.
 */
export function dispatchTable(dispatches: readonly Dispatch[], whole: number = timeOf(dispatches)): string {
  const timed = dispatches.some(({ ms }) => ms !== null);
  return aligned(3, [
    ["kernel", "op", "shape", ...measureHead(timed)],
    ...dispatches.map((dispatch) => [
      dispatch.kernel,
      dispatch.op,
      dispatch.shape.join("x") || "scalar",
      ...measureCells(dispatch, timed, dispatch.count, whole),
    ]),
  ]);
}

/** The same summed up by kernel, what takes longest first, and how often each is dispatched. */
export function kernelTable(dispatches: readonly Dispatch[]): string {
  const timed = dispatches.some(({ ms }) => ms !== null);
  const rows = [...Map.groupBy(dispatches, ({ kernel }) => kernel)].map(([kernel, own]) => {
    const sum = (value: (dispatch: Dispatch) => number) =>
      own.reduce((sum, dispatch) => sum + value(dispatch) * dispatch.count, 0);
    const [bytes, flops, count] = [sum(({ bytes }) => bytes), sum(({ flops }) => flops), sum(() => 1)];
    return { kernel, bytes, flops, count, ms: timeOf(own) };
  });
  const weight = ({ ms, bytes }: { ms: number; bytes: number }) => timed ? ms : bytes;
  return aligned(1, [
    ["kernel", "dispatches", ...measureHead(timed)],
    ...rows.sort((a, b) => weight(b) - weight(a)).map((row) => [
      row.kernel,
      String(row.count),
      ...measureCells(row, timed, 1, timeOf(dispatches)),
    ]),
  ]);
}

/** The line above such a table: how many dispatches, native copies and calls of the host, and how much memory. */
export function describeSize(
  steps: readonly PlanStep[],
  once: readonly PlanStep[],
  bytes: number,
  calls: number,
): string {
  const count = (own: readonly PlanStep[], kind: PlanStep["kind"]) =>
    own.filter((step) => step.kind === kind).length;
  const copies = [steps, once].map((own) => count(own, "transfer"));
  const native = copies.some((n) => n > 0) ? `, ${copies.join(" and ")} native copies` : "";
  const host = calls > 0 ? `, ${calls} ${calls === 1 ? "call" : "calls"} of the host a run` : "";
  return `${count(steps, "dispatch")} dispatches a run and ${
    count(once, "dispatch")
  } once${native}${host}, ` +
    `${mebibytes(bytes)} beside the parameters`;
}

function measureHead(timed: boolean): string[] {
  return ["MB", "GFLOP", ...timed ? ["ms", "GFLOP/s", "GB/s", "share"] : []];
}

function measureCells(
  { bytes, flops, ms }: Pick<Dispatch, "bytes" | "flops" | "ms">,
  timed: boolean,
  count: number,
  whole: number,
): string[] {
  const cells = [(bytes / 1e6).toFixed(2), flops ? (flops / 1e9).toFixed(3) : ""];
  if (!timed) return cells;
  const rate = (amount: number) => ms && amount ? (amount / ms / 1e6).toFixed(1) : "";
  const share = whole > 0 ? 100 * (ms ?? 0) * count / whole : 0;
  return [...cells, (ms ?? 0).toFixed(3), rate(flops), rate(bytes), `${share.toFixed(1)}%`];
}

/** Rows of text in columns. @param left Number of columns of words; numbers are to the right. */
function aligned(left: number, rows: readonly string[][]): string {
  const widths = rows[0].map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column].length), 0)
  );
  return rows.map((row) =>
    row.map((cell, i) => i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ").trimEnd()
  ).join("\n");
}

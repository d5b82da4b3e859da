import { markdownTable } from "./markdown_table.ts";
import { distinct, OURS, ratioOf, rowOf } from "./ratios.ts";
import { reached, type Target } from "./targets.ts";
import type { Row } from "./workloads.ts";

/** All that one go of the comparison found. */
export interface Comparison {
  /** ISO date. */
  date: string;
  /** Processor, cores, system. */
  machine: string;
  /** The WebGPU adapter. */
  adapter: string;
  /** Versions by name, of this project, Deno and the peers. */
  versions: Readonly<Record<string, string>>;
  /** What a reader has to know of this go, a sentence each, without a full stop. */
  notes: readonly string[];
  /** A row for each workload and peer, in the order in which they were run. */
  rows: readonly Row[];
  /** What was wanted. */
  targets: readonly Target[];
}

/** The comparison with its ratios and targets worked out, for programs. */
export function comparisonJson(comparison: Comparison): string {
  const { rows, targets } = comparison;
  const ratios = rows.filter(({ peer }) => peer !== OURS).map(({ workload, peer }) => ({
    workload,
    peer,
    ratio: ratioOf(rows, [workload], peer),
  }));
  const held = targets.map((target) => ({ ...target, ...reached(rows, target) }));
  return JSON.stringify({ ...comparison, targets: held, ratios }, null, 2) + "\n";
}

/** The comparison as Markdown: milliseconds, ratios, targets, and why there is no time where there is none. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { date, machine, adapter, versions, notes, rows, targets } = comparison;
  const workloads = distinct(rows.map(({ workload }) => workload));
  const peers = distinct(rows.map(({ peer }) => peer)).filter((peer) => peer !== OURS);
  const named = Object.entries(versions).map((entry) => entry.join(" ")).join(", ");
  const parts = [
    "# Beside its peers",
    `${date}, ${adapter}; ${machine}; ${named}.`,
    ...notes.map((note) => `${note}.`),
    "## Milliseconds",
    "Of one run, the smaller the better.",
    markdownTable(["workload", OURS, "its rate", ...peers], workloads.map((workload) => [
      workload,
      timeCell(rowOf(rows, workload, OURS)),
      rateCell(rowOf(rows, workload, OURS)),
      ...peers.map((peer) => timeCell(rowOf(rows, workload, peer))),
    ])),
  ];
  if (rows.some(({ ms, agrees }) => ms !== null && agrees === false)) {
    parts.push("\\* its result differs from the reference.");
  }
  parts.push(
    "## Ratios",
    `The peer's time over that of ${OURS}: above 1 ${OURS} is faster.`,
    markdownTable(["workload", ...peers], workloads.map((workload) => [
      workload,
      ...peers.map((peer) => ratioCell(ratioOf(rows, [workload], peer))),
    ])),
  );
  if (targets.length > 0) parts.push("## Targets", targetTable(rows, targets));
  const reasons = reasonLines(rows);
  if (reasons.length > 0) parts.push("## What was not measured", reasons.join("\n"));
  return parts.join("\n\n") + "\n";
}

function targetTable(rows: readonly Row[], targets: readonly Target[]): string {
  return markdownTable(["workload", "against", "at least", "measured", ""], targets.map((target) => {
    const { ratio, met } = reached(rows, target);
    const verdict = met === null ? "not measured" : met ? "met" : "not met";
    return [target.name, target.peer, `${target.atLeast}x`, ratioCell(ratio), verdict];
  }));
}

function timeCell(row: Row | undefined): string {
  if (row?.ms == null) return "–";
  return digits(row.ms) + (row.agrees === false ? " \\*" : "");
}

function rateCell(row: Row | undefined): string {
  return row?.rate == null ? "–" : `${digits(row.rate)} ${row.unit}`;
}

function ratioCell(ratio: number | null): string {
  return ratio === null ? "–" : `${digits(ratio)}x`;
}

/** A number to three digits, without an exponent. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1
    ? value.toFixed(2)
    : String(Number(value.toPrecision(2)));
}

/** A line for each reason of each peer, with its workloads. */
function reasonLines(rows: readonly Row[]): string[] {
  const missing = rows.filter(({ ms }) => ms === null);
  const all = distinct(rows.map(({ workload }) => workload)).length;
  const groups = Map.groupBy(missing, ({ peer, why }) => `${peer}: ${why ?? "no reason given"}`);
  return [...groups].map(([reason, rows]) => {
    const names = rows.length === all ? "all workloads" : rows.map(({ workload }) => workload).join(", ");
    return `- ${reason} (${names})`;
  });
}

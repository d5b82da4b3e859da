import { markdownTable } from "../markdown_table.ts";
import { TIMING } from "../protocol.ts";
import { TURNS } from "../turns.ts";
import { distinct, OURS, ratioOf, rowOf } from "../ratios.ts";
import { reached, type Target } from "./targets.ts";
import type { Comparison, Row } from "../workloads.ts";

/** A comparison with what its reader has to know. */
export interface Account extends Comparison {
  /** Processor, cores, system. */
  machine: string;
  /** Versions by name. */
  versions: Readonly<Record<string, string>>;
  /** What was wanted. */
  targets: readonly Target[];
}

/** The comparison with its ratios and targets worked out, for programs. */
export function accountJson(account: Account): string {
  const { rows, targets } = account;
  const ratios = rows.filter(({ peer }) => peer !== OURS).map(({ workload, peer }) => ({
    workload,
    peer,
    ratio: ratioOf(rows, [workload], peer),
  }));
  const held = targets.map((target) => ({ ...target, ...reached(rows, target) }));
  return JSON.stringify({ ...account, targets: held, ratios }, null, 2) + "\n";
}

/** The comparison as Markdown: milliseconds, ratios, targets, and why there is no time where there is none. */
export function accountMarkdown(account: Account): string {
  const { date, machine, adapter, versions, rows, targets } = account;
  const workloads = distinct(rows.map(({ workload }) => workload));
  const peers = distinct(rows.map(({ peer }) => peer)).filter((peer) => peer !== OURS);
  const named = Object.entries(versions).map((entry) => entry.join(" ")).join(", ");
  const parts = [
    "# Beside its peers",
    `${date.slice(0, 10)}, ${adapter}; ${machine}; ${named}.`,
    "## Milliseconds",
    `Of one run after the first, the best of ${TURNS} turns of ${TIMING.tries} tries or of as many as begin within ${
      TIMING.withinMs / 1000
    } s: the smaller the better.`,
    markdownTable(
      ["workload", OURS, "its rate", ...peers],
      workloads.map((workload) => [
        workload,
        timeCell(rowOf(rows, workload, OURS)),
        rateCell(rowOf(rows, workload, OURS)),
        ...peers.map((peer) => timeCell(rowOf(rows, workload, peer))),
      ]),
    ),
  ];
  if (rows.some(({ ms, agrees }) => ms !== null && agrees === false)) {
    parts.push("\\* its result differs from ours.");
  }
  parts.push(
    "## Ratios",
    `The peer's time over that of ${OURS}: above 1 ${OURS} is faster.`,
    markdownTable(
      ["workload", ...peers],
      workloads.map((workload) => [
        workload,
        ...peers.map((peer) =>
          ratioCell(ratioOf(rows, [workload], peer)) + star(rowOf(rows, workload, peer))
        ),
      ]),
    ),
  );
  if (targets.length > 0) parts.push("## Targets", targetTable(rows, targets));
  const remarks = remarkLines(rows);
  if (remarks.length > 0) parts.push("## Remarks", remarks.join("\n"));
  return parts.join("\n\n") + "\n";
}

function targetTable(rows: readonly Row[], targets: readonly Target[]): string {
  const head = ["workload", "against", "at least", "measured", ""];
  return markdownTable(
    head,
    targets.map((target) => {
      const { ratio, below, seconds = null, met } = reached(rows, target);
      const verdict = met === null ? "not measured" : met ? "met" : "not met";
      const { name } = target;
      if ("withinS" in target) {
        const found = seconds === null ? "–" : `${digits(seconds)} s`;
        return [name, "the clock", `at most ${target.withinS} s`, found, verdict];
      }
      const { peer, atLeast, rateWithin } = target;
      const also = rateWithin === undefined ? "" : `, ${rowOf(rows, name, OURS)?.unit} within ${rateWithin}`;
      const found = below === null ? "" : `, ${below.toFixed(2)} below`;
      const differs = ratio !== null && rateWithin === undefined && met === null;
      return [
        name,
        peer,
        `${atLeast}x${also}`,
        ratioCell(ratio) + found,
        differs ? "results differ" : verdict,
      ];
    }),
  );
}

function timeCell(row: Row | undefined): string {
  if (row?.ms == null) return "–";
  return digits(row.ms) + star(row);
}

/** The mark of a result that differs from ours, where there is a time. */
function star(row: Row | undefined): string {
  return row?.ms != null && row.agrees === false ? " \\*" : "";
}

function rateCell(row: Row | undefined): string {
  return row?.rate == null ? "–" : `${digits(row.rate)} ${row.unit}`;
}

function ratioCell(ratio: number | null): string {
  return ratio === null ? "–" : `${digits(ratio)}x`;
}

/** A number to three digits, without an exponent. */
export function digits(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
    ? value.toFixed(1)
    : value >= 1
    ? value.toFixed(2)
    : String(Number(value.toPrecision(2)));
}

/** A line for each thing that a peer says of its workloads: why it has no time, or how it ran. */
function remarkLines(rows: readonly Row[]): string[] {
  const workloads = distinct(rows.map(({ workload }) => workload));
  const said = rows.filter(({ ms, why }) => ms === null || why);
  const groups = Map.groupBy(
    said,
    ({ peer, ms, why }) =>
      `${peer}${ms === null ? ", not measured" : ""}: ${why?.replace(/\s+/g, " ") ?? "no reason given"}`,
  );
  return [...groups].map(([remark, rows]) => {
    const of = rows.map(({ workload }) => workload);
    const others = workloads.filter((workload) => !of.includes(workload));
    if (others.length === 0) return `- ${remark} (all workloads)`;
    return `- ${remark} (${of.length > others.length ? `all but ${others.join("; ")}` : of.join("; ")})`;
  });
}

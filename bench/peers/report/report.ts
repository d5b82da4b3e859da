import { markdownTable } from "../markdown_table.ts";
import { TIMING } from "../protocol.ts";
import { TURNS } from "../turns.ts";
import { findResult, OURS, ratioOf, unique } from "../ratios.ts";
import { checkTarget, type Target } from "./targets.ts";
import type { Comparison, PeerResult } from "../results.ts";

/** A comparison with the facts that its reader has to know. */
export interface ComparisonReport extends Comparison {
  /** Processor, cores, system. */
  machine: string;
  /** Versions by name. */
  versions: Readonly<Record<string, string>>;
  /** Targets that the results are held against. */
  targets: readonly Target[];
}

/** Writes the comparison as JSON, with ratios and outcomes of targets. */
export function reportJson(report: ComparisonReport): string {
  const { rows, targets } = report;
  const ratios = rows.filter(({ peer }) => peer !== OURS).map(({ workload, peer }) => ({
    workload,
    peer,
    ratio: ratioOf(rows, [workload], peer),
  }));
  const held = targets.map((target) => ({ ...target, ...checkTarget(rows, target) }));
  return JSON.stringify({ ...report, targets: held, ratios }, null, 2) + "\n";
}

/** Writes the comparison as Markdown: milliseconds, ratios, targets, and the reasons of missing times. */
export function reportMarkdown(report: ComparisonReport): string {
  const { date, machine, adapter, versions, rows, targets } = report;
  const workloads = unique(rows.map(({ workload }) => workload));
  const peers = unique(rows.map(({ peer }) => peer)).filter((peer) => peer !== OURS);
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
        timeCell(findResult(rows, workload, OURS)),
        rateCell(findResult(rows, workload, OURS)),
        ...peers.map((peer) => timeCell(findResult(rows, workload, peer))),
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
          ratioCell(ratioOf(rows, [workload], peer)) + star(findResult(rows, workload, peer))
        ),
      ]),
    ),
  );
  if (targets.length > 0) parts.push("## Targets", targetTable(rows, targets));
  const remarks = remarkLines(rows);
  if (remarks.length > 0) parts.push("## Remarks", remarks.join("\n"));
  return parts.join("\n\n") + "\n";
}

function targetTable(rows: readonly PeerResult[], targets: readonly Target[]): string {
  const head = ["workload", "against", "at least", "measured", ""];
  return markdownTable(
    head,
    targets.map((target) => {
      const { ratio, below, seconds = null, met } = checkTarget(rows, target);
      const verdict = met === null ? "not measured" : met ? "met" : "not met";
      const { name } = target;
      if ("withinS" in target) {
        const found = seconds === null ? "–" : `${threeDigits(seconds)} s`;
        return [name, "the clock", `at most ${target.withinS} s`, found, verdict];
      }
      const { peer, atLeast, rateWithin } = target;
      const also = rateWithin === undefined
        ? ""
        : `, ${findResult(rows, name, OURS)?.unit} within ${rateWithin}`;
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

function timeCell(row: PeerResult | undefined): string {
  if (row?.ms == null) return "–";
  return threeDigits(row.ms) + star(row);
}

/** Marks a time whose result differs from ours. */
function star(row: PeerResult | undefined): string {
  return row?.ms != null && row.agrees === false ? " \\*" : "";
}

function rateCell(row: PeerResult | undefined): string {
  return row?.rate == null ? "–" : `${threeDigits(row.rate)} ${row.unit}`;
}

function ratioCell(ratio: number | null): string {
  return ratio === null ? "–" : `${threeDigits(ratio)}x`;
}

/** Writes a number to three digits, without an exponent. */
export function threeDigits(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
    ? value.toFixed(1)
    : value >= 1
    ? value.toFixed(2)
    : String(Number(value.toPrecision(2)));
}

/** Writes a line for each remark of a peer: why workloads have no time, or how they ran. */
function remarkLines(rows: readonly PeerResult[]): string[] {
  const workloads = unique(rows.map(({ workload }) => workload));
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

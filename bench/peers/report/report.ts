import { markdownTable } from "../markdown_table.ts";
import { TIMING } from "../protocol.ts";
import { TURNS } from "../turns.ts";
import { bestPeer, bestSettings, findResult, fullName, OURS, ratioOf, unique } from "../ratios.ts";
import type { Comparison, PeerResult } from "../results.ts";
import { threeDigits } from "./numbers.ts";
import { settingsTable } from "./settings.ts";
import { checkTarget, type Target, targetTable } from "./targets.ts";

/** A comparison with the facts that its reader has to know. */
export interface ComparisonReport extends Comparison {
  /** Processor, cores, system. */
  machine: string;
  /** Versions by name. */
  versions: Readonly<Record<string, string>>;
  /** Targets that the results are held against. */
  targets: readonly Target[];
}

/** Writes the comparison as JSON: the rows of all settings, then ratios to the best settings, and outcomes of targets. */
export function reportJson(report: ComparisonReport): string {
  const { targets } = report;
  const rows = bestSettings(report.rows);
  const ratios = rows.filter(({ peer }) => peer !== OURS).map(({ workload, peer, setting }) => ({
    workload,
    peer,
    setting,
    ratio: ratioOf(rows, [workload], peer),
  }));
  const shares = unique(rows.map(({ workload }) => workload)).map((workload) => {
    const best = bestPeer(rows, workload);
    return {
      workload,
      ofBound: findResult(rows, workload, OURS)?.ofBound ?? null,
      bestPeer: best && fullName(best),
      ofBestPeer: best && ratioOf(rows, [workload], best.peer),
    };
  });
  const held = targets.map((target) => ({ ...target, ...checkTarget(rows, target) }));
  return JSON.stringify({ ...report, targets: held, shares, ratios }, null, 2) + "\n";
}

/** Writes the comparison as Markdown: our shares, the networks by setting, milliseconds, targets, remarks. */
export function reportMarkdown(report: ComparisonReport): string {
  const { date, machine, adapter, versions, targets } = report;
  const rows = bestSettings(report.rows);
  const named = Object.entries(versions).map((entry) => entry.join(" ")).join(", ");
  const parts = [
    "# Beside its peers",
    `${date.slice(0, 10)}, ${adapter}; ${machine}; ${named}.`,
    "## How far it is",
    `Milliseconds are of one run after the first, the best of ${TURNS} turns of ${TIMING.tries} tries or of as many as ` +
    `begin within ${TIMING.withinMs / 1000} s. ${
      boundLine(report)
    } The best peer is the fastest with our result, in ` +
    `32-bit floats and its best setting; 100 % of its rate is as fast.`,
    sharesTable(rows),
  ];
  const settings = settingsTable(report.rows);
  if (settings !== null) parts.push("## The networks in every setting", settings);
  parts.push("## Milliseconds of all, each in its best setting", timesTable(rows));
  if (rows.some(({ ms, agrees }) => ms !== null && agrees === false)) {
    parts.push("\\* its result differs from ours.");
  }
  if (targets.length > 0) parts.push("## Targets", targetTable(rows, targets));
  const remarks = remarkLines(report.rows);
  if (remarks.length > 0) parts.push("## Remarks", remarks.join("\n"));
  return parts.join("\n\n") + "\n";
}

function boundLine({ ceiling }: Comparison): string {
  if (ceiling === null) return "The adapter's bound was not measured.";
  const { gflops, gbs } = ceiling;
  return `The bound is what the adapter did in the same run: ${
    threeDigits(gflops)
  } GFLOP/s of multiply-adds, ` +
    `${threeDigits(gbs)} GB/s of copies; of a network its products count.`;
}

function sharesTable(rows: readonly PeerResult[]): string {
  const head = ["workload", "ms", "rate", "of the bound", "best peer", "its ms", "of its rate"];
  return markdownTable(
    head,
    unique(rows.map(({ workload }) => workload)).map((workload) => {
      const [own, best] = [findResult(rows, workload, OURS), bestPeer(rows, workload)];
      return [
        workload,
        timeCell(own),
        rateCell(own),
        percent(own?.ofBound ?? null),
        best ? fullName(best) : "–",
        timeCell(best ?? undefined),
        percent(best && ratioOf(rows, [workload], best.peer)),
      ];
    }),
  );
}

/** Writes the times of all peers; beside a peer of several settings the one that was best. */
function timesTable(rows: readonly PeerResult[]): string {
  const peers = unique(rows.map(({ peer }) => peer));
  const hasSettings = (peer: string) => rows.some((row) => row.peer === peer && row.setting !== undefined);
  const head = peers.flatMap((peer) => hasSettings(peer) ? [peer, "its setting"] : [peer]);
  return markdownTable(
    ["workload", ...head],
    unique(rows.map(({ workload }) => workload)).map((workload) => [
      workload,
      ...peers.flatMap((peer) => {
        const row = findResult(rows, workload, peer);
        const time = row === undefined ? "" : timeCell(row);
        return hasSettings(peer) ? [time, row?.ms == null ? "" : row.setting ?? ""] : [time];
      }),
    ]),
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

function percent(share: number | null): string {
  return share === null ? "–" : `${share < 0.1 ? (100 * share).toPrecision(2) : (100 * share).toFixed(0)} %`;
}

/** Writes a line for each remark of a peer: why workloads have no time, or how they ran. */
function remarkLines(rows: readonly PeerResult[]): string[] {
  const said = rows.filter(({ ms, why }) => ms === null || why);
  const groups = Map.groupBy(
    said,
    // Settings that ran say the same of the machine.
    ({ peer, setting, ms, why }) =>
      `${ms === null ? `${fullName({ peer, setting })}, not measured` : peer}: ${
        why?.replace(/\s+/g, " ") ?? "no reason given"
      }`,
  );
  return [...groups].map(([remark, group]) => {
    const of = unique(group.map(({ workload }) => workload));
    // The workloads that the peer was asked, as some take only some of all.
    const asked = unique(rows.filter(({ peer }) => peer === group[0].peer).map(({ workload }) => workload));
    const others = asked.filter((workload) => !of.includes(workload));
    if (others.length === 0) return `- ${remark} (all workloads)`;
    return `- ${remark} (${of.length > others.length ? `all but ${others.join("; ")}` : of.join("; ")})`;
  });
}

import { markdownTable } from "../markdown_table.ts";
import { findResult, fullName, OURS, unique } from "../ratios.ts";
import type { PeerResult } from "../results.ts";
import { threeDigits } from "./numbers.ts";

/**
 * Writes the images a second of the networks in every setting of every peer, a column for each network; null where no peer
 * of the networks has several settings.
 */
export function settingsTable(rows: readonly PeerResult[]): string | null {
  const networks = rows.filter(({ unit }) => unit === "images/s");
  if (!networks.some(({ setting }) => setting !== undefined)) return null;
  const workloads = unique(networks.map(({ workload }) => workload));
  return markdownTable(
    ["images/s", ...workloads],
    unique(networks.map(fullName)).map((name) => [
      name,
      ...workloads.map((workload) => {
        const row = networks.find((row) => row.workload === workload && fullName(row) === name);
        if (row === undefined) return "";
        if (row.rate === null) return "–";
        const ours = findResult(networks, workload, OURS)?.rate ?? null;
        const times = row.peer === OURS || ours === null ? "" : ` (${threeDigits(row.rate / ours)}x ours)`;
        return threeDigits(row.rate) + times + (row.agrees === false ? " \\*" : "");
      }),
    ]),
  );
}

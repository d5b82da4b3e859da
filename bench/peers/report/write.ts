import { join } from "node:path";
import { versions } from "../../../train/machine/versions.ts";
import { adapterSlug } from "../../adapter_slug.ts";
import { ratioChart } from "./chart.ts";
import { packageVersions } from "../guests/packages.ts";
import { type ComparisonReport, reportJson, reportMarkdown } from "./report.ts";
import { GPU_TARGETS, targetsOf } from "./targets.ts";
import { bestSettings } from "../ratios.ts";
import { type Comparison, parseComparison } from "../results.ts";

/**
 * Writes `<adapter>.json`, `.md` and `.svg`.
 *
 * @param folder Made where it is missing.
 * @param family The kernels that ran: only `tile`, those of GPUs, have targets.
 * @param machine Processor, cores, system.
 * @returns The path of the `.md`.
 */
export async function writeComparison(
  folder: string,
  comparison: Comparison,
  family: "tile" | "lane",
  machine: string,
): Promise<string> {
  const targets = family === "lane" ? [] : targetsOf(GPU_TARGETS, comparison.rows);
  const { everyclass, deno } = versions();
  const used = { everyclass, deno, ...packageVersions(comparison.rows) };
  const report: ComparisonReport = { ...comparison, machine, versions: used, targets };
  const title = `everyclass beside its peers, ${comparison.adapter}`;
  await Deno.mkdir(folder, { recursive: true });
  const path = (ending: string) => join(folder, `${adapterSlug(comparison.adapter)}.${ending}`);
  await Deno.writeTextFile(path("json"), reportJson(report));
  await Deno.writeTextFile(path("md"), reportMarkdown(report));
  await Deno.writeTextFile(path("svg"), ratioChart(bestSettings(comparison.rows), title));
  return path("md");
}

/**
 * Reads what an earlier run wrote to a folder.
 *
 * @param adapter The adapter of this run.
 * @returns Null where there is none of this adapter.
 * @throws {SyntaxError} on a file that no run wrote.
 */
export async function earlierRows(folder: string, adapter: string): Promise<Comparison | null> {
  const path = join(folder, `${adapterSlug(adapter)}.json`);
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  return text === null ? null : parseComparison(text, path);
}

import { join } from "node:path";
import { versions } from "../../../train/machine/versions.ts";
import { adapterSlug } from "../../adapter_slug.ts";
import { ratioChart } from "./chart.ts";
import { packageVersions } from "../guests/packages.ts";
import { type Account, accountJson, accountMarkdown } from "./report.ts";
import { GPU_TARGETS, SOFTWARE_TARGETS, targetsOf } from "./targets.ts";
import type { Comparison } from "../workloads.ts";

/**
 * Writes `<adapter>.json`, `.md` and `.svg`.
 *
 * @param folder It is made where there is none.
 * @param family The kernels that ran: they tell a software adapter, with its own targets, from a GPU.
 * @param machine Processor, cores, system.
 * @returns The path of the `.md`.
 */
export async function writeComparison(
  folder: string,
  comparison: Comparison,
  family: "tile" | "lane",
  machine: string,
): Promise<string> {
  const targets = targetsOf(family === "lane" ? SOFTWARE_TARGETS : GPU_TARGETS, comparison.rows);
  const { everyclass, deno } = versions();
  const used = { everyclass, deno, ...packageVersions(comparison.rows) };
  const account: Account = { ...comparison, machine, versions: used, targets };
  const title = `everyclass beside its peers, ${comparison.adapter}`;
  await Deno.mkdir(folder, { recursive: true });
  const path = (ending: string) => join(folder, `${adapterSlug(comparison.adapter)}.${ending}`);
  await Deno.writeTextFile(path("json"), accountJson(account));
  await Deno.writeTextFile(path("md"), accountMarkdown(account));
  await Deno.writeTextFile(path("svg"), ratioChart(comparison.rows, title));
  return path("md");
}

import { formatBytes } from "../../progress/bytes.ts";
import { pairLines } from "../../flags/columns.ts";
import { diagnose, type Diagnosis } from "../../machine/diagnosis.ts";
import type { Rates } from "../../machine/measure.ts";
import type { Flags } from "../../flags/flags.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import type { TuningState } from "../../machine/tuning_file.ts";

/**
 * `deno task doctor`: prints the features of WebGPU on this machine and how everyclass uses them.
 *
 * @throws {Error} if everyclass cannot run here, after printing the diagnosis; the message says what to install.
 */
export async function run(
  flags: Pick<Flags, "json" | "family">,
  { print, cache }: Pick<Surroundings, "print" | "cache"> = terminal,
): Promise<number> {
  const diagnosis = await diagnose(flags.family ?? "auto", cache);
  print(flags.json ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis));
  if (diagnosis.problem) throw new Error(diagnosis.problem);
  return 0;
}

/** A diagnosis for people: a heading, then a line a fact. */
export function formatDiagnosis({ adapter, device, versions, host, caches }: Diagnosis): string {
  const sections: [string, [string, string][]][] = [
    ["Adapter", adapter ? adapterRows(adapter) : [["name", "none found"]]],
    ...adapter ? [["Limits", limitRows(adapter.limits)] as [string, [string, string][]]] : [],
    ...device ? [["everyclass on it", deviceRows(device)] as [string, [string, string][]]] : [],
    ["Versions", [...Object.entries(versions), ["system", `${host.system}, ${host.threads} threads`]]],
    ["Caches (safe to delete)", Object.entries(caches)],
  ];
  const lines = pairLines(sections.flatMap(([, rows]) => rows));
  return sections.map(([head, rows]) => [head, ...lines.splice(0, rows.length)].join("\n")).join("\n\n");
}

function adapterRows(adapter: NonNullable<Diagnosis["adapter"]>): [string, string][] {
  return [
    ["name", adapter.name],
    ["vendor", adapter.vendor],
    ["backend", adapter.backend],
    ["software", adapter.isFallbackAdapter ? "yes (isFallbackAdapter)" : "no"],
    ...Object.entries(adapter.features).map(([name, has]): [string, string] => [name, has ? "yes" : "no"]),
  ];
}

function limitRows(limits: Record<string, number>): [string, string][] {
  return Object.entries(limits).map(([name, value]) => [
    name,
    /Size$/.test(name) ? formatBytes(value) : value.toLocaleString("en"),
  ]);
}

function deviceRows(device: NonNullable<Diagnosis["device"]>): [string, string][] {
  const rate = (kernels: keyof Rates) => {
    const gflops = device.gflops?.[kernels];
    return gflops === undefined ? "failed" : `${gflops.toFixed(gflops < 100 ? 1 : 0)} GFLOP/s`;
  };
  return [
    ["kernel family", `${device.family} (${device.family === "lane" ? "software adapters" : "GPUs"})`],
    ["memory budget", formatBytes(device.memoryBudget)],
    ["subgroups", typeof device.subgroups === "number" ? `of ${device.subgroups}` : device.subgroups],
    ["matrix products", rate("matmul")],
    ["3x3 convolutions", rate("convolution")],
    ["kernel tuning", tuningWords(device.tuning)],
    ...device.hint ? [["hint", device.hint] as [string, string]] : [],
  ];
}

function tuningWords({ off, shapes, file, problem }: TuningState): string {
  const known = problem ? `not readable (${problem})` : `${shapes} shapes remembered`;
  return `${off === null ? "on" : `off: ${off}`}; ${known} in ${file}`;
}

import { parseJson } from "../../formats/json/mod.ts";
import { join } from "node:path";
import { writeWhole } from "../../data/disk/mod.ts";
import { type Device, Tuning } from "../../engine/mod.ts";
import { valueDigest } from "./digest.ts";
import type { Progress } from "../progress/progress.ts";
import { versions } from "./versions.ts";

/** Devices on which kernels are timed: `auto` GPUs, `on` software adapters too, `off` none. */
export type TuneMode = "auto" | "on" | "off";

/** The content of a tuning file. */
interface Kept {
  /** Numbers of the fastest kernels, as in {@linkcode Tuning.entries}. */
  entries: Record<string, number>;
  /** SHA-256 in hex of the entries; an earlier version wrote none. */
  sha256?: string;
}

/**
 * Opens the tuning of a device: it begins with the results of earlier runs and saves those of this run. Null where tuning
 * is off, or the adapter cannot time kernels. A file belongs to one adapter and one version of everyclass and Deno, since
 * others have other kernels or drivers. Tuning changes no bit of a result, so that nothing else depends on the file.
 */
export async function keptTuning(
  device: Device,
  mode: TuneMode,
  cache: string,
  progress: Progress,
): Promise<Tuning | null> {
  const why = untunedWhy(device, mode);
  if (why === NO_TIMER) progress.line(`Kernels are not timed on ${device.adapter}: ${why}`);
  if (why !== null) return null;
  const path = tuningPath(device, cache);
  const again = (problem: string) =>
    progress.line(`${path} is not used, kernels are timed again: ${problem}`);
  const tuning = new Tuning({
    onStart: (unknown) =>
      progress.line(
        `Timing the kernels of up to ${unknown} shapes on ${device.adapter}; tune: off skips this`,
      ),
    onResult: async ({ learned, changed, left, seconds }, tuning) => {
      const more = left > 0 ? `; no time for ${left} more` : "";
      progress.line(
        `Timed ${learned} in ${seconds.toFixed(1)} s: faster kernels than usual for ${changed}${more}`,
      );
      if (learned > 0) await keep(path, tuning, progress);
    },
  });
  tuning.add(await readEntries(path, again));
  return tuning;
}

const NO_TIMER = "the adapter has no timestamp-query";

/** Tells why the kernels of a device are not tuned; null where they are. */
export function untunedWhy(device: Pick<Device, "isSoftware" | "hasTimer">, mode: TuneMode): string | null {
  if (mode === "off") return "tune is off";
  if (mode === "auto" && device.isSoftware) return "software adapters take --set tune=on";
  return device.hasTimer ? null : NO_TIMER;
}

/** The state of the tuning of a device. */
export interface TuningState {
  /** Reason why runs do not time kernels by default; null where they do. */
  off: string | null;
  /** Number of shapes whose fastest kernel is known. */
  shapes: number;
  /** Path of the tuning file. */
  file: string;
  /** Fault of the file, or null. */
  problem: string | null;
}

/** Reads the results of earlier runs. */
export async function tuningState(device: Device, cache: string): Promise<TuningState> {
  const file = tuningPath(device, cache);
  let problem: string | null = null;
  const entries = await readEntries(file, (found) => problem = found);
  return { off: untunedWhy(device, "auto"), shapes: Object.keys(entries).length, file, problem };
}

/** Path of the tuning file of a device. */
export function tuningPath({ info, adapter }: Pick<Device, "info" | "adapter">, cache: string): string {
  const { vendor, architecture, device, description } = info;
  const { everyclass, deno } = versions();
  const parts = [vendor, architecture, device, description, everyclass, deno];
  const hash = valueDigest(parts).slice(0, 16);
  const name = adapter.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, 40).replaceAll(/^-|-$/g, "");
  return join(cache, "tuning", `${name || "adapter"}-${hash}.json`);
}

/** Merges into the file, so that results of other runs meanwhile stay. */
async function keep(path: string, tuning: Tuning, progress: Progress): Promise<void> {
  const entries = { ...await readEntries(path, () => {}), ...tuning.entries };
  const kept: Kept = { entries, sha256: valueDigest(entries) };
  try {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await writeWhole(path, `${JSON.stringify(kept, null, 2)}\n`, { wait: false });
  } catch (error) {
    progress.line(`Cannot save the times of kernels: ${(error as Error).message}`);
  }
}

async function readEntries(path: string, tell: (problem: string) => void): Promise<Kept["entries"]> {
  try {
    const { entries, ...more } = (parseJson(await Deno.readTextFile(path)) ?? {}) as Partial<Kept>;
    const isTree = typeof entries === "object" && entries !== null && !Array.isArray(entries);
    if (!isTree || !Object.values(entries).every((best) => Number.isInteger(best) && best >= 0)) {
      throw new SyntaxError("its entries are not numbers of kernels");
    }
    // A flipped bit in the key does not make a file pass for one of an earlier version.
    const [digest = null, ...others] = Object.values(more);
    if (others.length > 0 || digest !== null && (more.sha256 !== digest || digest !== valueDigest(entries))) {
      throw new SyntaxError("its entries have another SHA-256 than it tells");
    }
    return entries;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      tell((error as Error).message);
    }
    return {};
  }
}

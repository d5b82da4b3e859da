// Run folders as commands leave them, from made-up results.

import { join } from "node:path";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { configOf } from "../../../train/config/load.ts";
import { classMetrics } from "../../../train/results/metrics.ts";
import { recallsCsv, summaryJson } from "../../../train/results/records.ts";
import { runFiles, RunFolder } from "../../../train/run/folder/run_folder.ts";

/** Differences of a made-up run from other runs. */
export interface MadeUp {
  /** Recalls of the classes after training, as fractions; null for a run of `evaluate`. */
  recalls?: readonly number[] | null;
  /** Recalls of the model that the run began with. */
  before?: readonly number[];
  seed?: number;
  date?: string | null;
  /** More config keys. */
  keys?: Record<string, unknown>;
  task?: string;
  names?: readonly string[];
}

/** Writes a run into a new folder. */
export async function madeUpRun(path: string, made: MadeUp = {}): Promise<void> {
  const { recalls = [0.9, 0.4], before = [0.8, 0.1], seed = 0, date = "2026-01-02T03:04:05.000Z" } = made;
  const { keys = {}, task = recalls ? "finetune" : "evaluate", names = ["cat", "dog"] } = made;
  const counts = [500, 5];
  const config = configOf(finetuneConfig, {
    name: "gml",
    seed,
    checkpoint: "/weights/ce.pt",
    data: { source: "cifar100", dir: "/data" },
    ...keys,
  });
  const folder = RunFolder.open("", path);
  await folder.writeConfig(config, task);
  const rows = names.map((name, i) => ({
    class: i,
    name,
    trainImages: counts[i],
    before: 100 * before[i],
    after: recalls && 100 * recalls[i],
    ensemble: null,
  }));
  await folder.write(runFiles.recalls, recallsCsv(rows));
  if (recalls) {
    await folder.write(runFiles.report, "<p>the report</p>");
    await folder.write(runFiles.checkpoint, new Uint8Array(1));
  }
  const summary = {
    ...date && { date },
    before: classMetrics(before, counts),
    after: recalls && classMetrics(recalls, counts),
    ensemble: null,
    seed,
  };
  await folder.write("summary.json", summaryJson(summary));
}

/** Runs a test in a folder of its own. */
export function inFolder(test: (path: (...parts: string[]) => string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir({ prefix: "everyclass-" });
    try {
      await test((...parts) => join(folder, ...parts));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

import { plural } from "../../progress/count.ts";
import { join } from "node:path";
import { bytesIn, formatBytes } from "../../progress/bytes.ts";
import type { Config } from "../../config/load.ts";
import type { OpenBank } from "./bank.ts";
import { DiskBank, type DiskBankParts } from "./disk_bank.ts";
import { MemoryBank, type MemoryBankParts } from "./memory_bank.ts";

/** Most bytes of features that `featureBank: auto` keeps in memory. */
const MOST_IN_MEMORY = 2 ** 30;

/** The config keys that a run's bank depends on. */
export type BankConfig = Pick<Config, "featureBank" | "views" | "epochs" | "statistics" | "seed">;

/**
 * Opens the bank that a config asks for, in memory or in the cache, and prints which. Features by updated statistics stay
 * in memory: a row depends on the batches before it, so that no part of a view can be kept alone.
 */
export function openBank(parts: DiskBankParts & MemoryBankParts & { config: BankConfig }): OpenBank {
  const { setup, config, progress } = parts;
  const bytes = bankBytes(parts);
  const size = `Features of ${bytes.words}: ${formatBytes(bytes.all)}`;
  const wanted = config.featureBank === "auto" && bytes.all > MOST_IN_MEMORY ? "disk" : config.featureBank;
  if (wanted === "disk" && config.statistics === "frozen") {
    const folder = join(setup.cache, "features");
    const before = `which holds ${formatBytes(bytesIn(folder))} so far`;
    progress.line(`${size}, on disk in ${folder}, ${before}; remove there what is of no more use`);
    return new DiskBank(folder, parts);
  }
  const why = wanted === "disk" ? ", as their statistics are updated" : "";
  progress.line(`${size}, in memory${why}`);
  const bank = new MemoryBank(parts);
  return { rows: (set, pass) => bank.rows(set, pass), async [Symbol.asyncDispose]() {} };
}

/** Bytes of all features that a run has at a time, and a description of these features. */
function bankBytes({ setup, config }: { setup: DiskBankParts["setup"]; config: BankConfig }): {
  all: number;
  words: string;
} {
  const { train, dataset: { test }, network: { features } } = setup;
  const views = config.views === "fresh" ? 1 : Math.min(config.views, config.epochs);
  const number = (n: number) => n.toLocaleString("en");
  return {
    all: 4 * features * (views * train.count + test.count),
    words: `${views === 1 ? "a view" : `${views} views`} of ${plural(train.count, "image")} and of ${
      plural(test.count, "test image")
    }, ${number(features)} values each`,
  };
}

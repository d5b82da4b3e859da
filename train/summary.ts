import type { Config } from "./config.ts";
import type { Summary } from "./records.ts";
import type { Setup } from "./setup.ts";
import { versions } from "./versions.ts";

/** What a run found out, with the machine and versions it ran on. */
export function summaryOf(
  { device, train, dataset }: Setup,
  config: Config,
  found: Pick<Summary, "before" | "after" | "ensemble" | "throughput" | "seconds">,
): Summary {
  return {
    ...found,
    adapter: device.adapter,
    family: device.family,
    seed: config.seed,
    versions: versions(),
    images: { train: train.count, test: dataset.test.count },
  };
}

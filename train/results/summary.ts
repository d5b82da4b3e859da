import type { Summary } from "./records.ts";
import type { Setup } from "../setup/setup.ts";
import { versions } from "../machine/versions.ts";

/** What a run found out, with the machine and versions it ran on. */
export function summaryOf<Found>(
  { device, train, dataset }: Setup,
  config: { seed: number },
  found: Found,
): Found & Pick<Summary, "adapter" | "family" | "seed" | "versions" | "images"> {
  return {
    ...found,
    adapter: device.adapter,
    family: device.family,
    seed: config.seed,
    versions: versions(),
    images: { train: train.count, test: dataset.test.count },
  };
}

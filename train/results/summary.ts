import { versions } from "../machine/versions.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import type { Summary } from "./records.ts";

/** Summary of a run: its results, with the machine and versions it ran on. */
export function summaryOf(
  { device, train, dataset }: ClassifierSetup,
  { seed }: { seed: number },
  found: Omit<Summary, "adapter" | "family" | "seed" | "versions" | "images">,
): Summary {
  return {
    ...found,
    adapter: device.adapter,
    family: device.family,
    seed,
    versions: versions(),
    images: { train: train.count, test: dataset.test.count },
  };
}

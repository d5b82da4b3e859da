import type { Mutant } from "./mutant.ts";
import { mutantsOfTypescript } from "./of_typescript.ts";
import { mutantsOfWgsl } from "./of_wgsl.ts";

/** Files whose mutants the same tests have to catch. */
export interface Target {
  files: readonly string[];
  /** Test files. */
  tests: readonly string[];
  /** The tests among these whose names have this; default all. */
  filter?: string;
}

/** Files that are mutated, and the tests that have to notice. */
export const TARGETS: readonly Target[] = [
  {
    files: ["train/statistics/recall_means.ts", "train/statistics/tally.ts", "train/statistics/macro_f1.ts"],
    tests: ["tests/train/statistics/recall_means_test.ts", "tests/train/results/metrics_test.ts"],
  },
  {
    files: ["data/sampling/class_counts.ts", "data/sampling/split.ts"],
    tests: ["tests/data/sampling/split_test.ts"],
  },
  { files: ["data/sampling/long_tail.ts"], tests: ["tests/data/sampling/long_tail_test.ts"] },
  {
    files: ["data/sampling/mixup.ts", "data/sampling/gamma.ts"],
    tests: ["tests/data/sampling/gamma_test.ts", "tests/data/sampling/mixup_test.ts"],
  },
  { files: ["data/sampling/sampler.ts"], tests: ["tests/data/sampling/sampler_test.ts"] },
  { files: ["data/sampling/set_aside.ts"], tests: ["tests/data/sampling/set_aside_test.ts"] },
  {
    files: ["engine/nn/losses.ts"],
    tests: ["tests/engine/nn/losses_test.ts", "tests/engine/nn/long_tail_losses_test.ts"],
  },
  { files: ["engine/nn/class_tables.ts"], tests: ["tests/engine/nn/class_tables_test.ts"] },
  {
    files: ["shaders/loss/gml.wgsl", "shaders/loss/gml_grad.wgsl", "shaders/loss/gml_terms.wgsl"],
    tests: [
      "tests/engine/ops/loss/gml_kernels_test.ts",
      "tests/engine/nn/losses_test.ts",
      "tests/engine/ops/loss/torch_losses_test.ts",
    ],
    filter: "gml",
  },
  { files: ["train/machine/seal.ts"], tests: ["tests/train/machine/seal_test.ts"] },
  {
    files: ["train/saved/generations.ts"],
    tests: ["tests/train/saved/generations_test.ts"],
    filter: "generations:", // without that of a whole run
  },
  {
    files: ["train/saved/work_metadata.ts"],
    tests: ["tests/train/saved/work_bounds_test.ts", "tests/train/saved/work_metadata_test.ts"],
  },
  {
    files: ["train/saved/mark.ts"],
    tests: ["tests/train/saved/mark_test.ts", "tests/train/saved/legacy_resume_test.ts"],
  },
  { files: ["train/saved/work_file.ts"], tests: ["tests/train/saved/work_file_test.ts"] },
];

/** All mutants of a file. */
export function mutantsOf(file: string, text: string): Mutant[] {
  return file.endsWith(".wgsl") ? mutantsOfWgsl(file, text) : mutantsOfTypescript(file, text);
}

import { createHash } from "node:crypto";
import type { FeaturesConfig } from "../config/schema/features.ts";
import { checkChoice } from "../decision/choose.ts";
import type { MemoryRows } from "../features/memory.ts";
import type { FeatureTable } from "./feature_table.ts";

/** Rows that no training uses, by which a point can be chosen. */
export interface Validation {
  rows: MemoryRows;
  /** `[rows]`; null: not known. */
  labels: Uint32Array | null;
}

/** The share of rows known from elsewhere from which on they are not other images; a few duplicates occur in any data. */
const MOST_SHARED = 0.5;

/**
 * Refuses, before anything is trained, a choice of the point that could not be made after it.
 *
 * @throws {RangeError} where `adjust.t: auto` has no validation features, most of them are rows of the training or test
 * features, or they cannot choose.
 */
export function checkChosenBy(
  validation: Validation | null,
  others: { train: FeatureTable; test: FeatureTable },
  { adjust: { t, giveUp } }: Pick<FeaturesConfig, "adjust">,
): void {
  if (t !== "auto") return;
  if (validation === null) {
    throw new RangeError(
      "Cannot choose t: it takes features that no classifier was trained or is tested on, current run has none: give " +
        "validation features with --validation-features FILE, and their labels with --validation-labels FILE where they " +
        "are known. Training features do not do, the classifier knows them by heart; a point chosen on the test features " +
        "would say nothing about others",
    );
  }
  checkChoice({ counts: others.train.classCounts(), isLabelled: validation.labels !== null }, giveUp);
  for (const [name, { views }] of [["training", others.train], ["test", others.test]] as const) {
    const known = new Set(views.flatMap(digestsOf));
    const { count } = validation.rows;
    const shared = digestsOf(validation.rows).filter((digest) => known.has(digest)).length;
    if (shared < MOST_SHARED * count) continue;
    const why = name === "training"
      ? "the classifier knows these by heart, so they favour another point than new images"
      : "the test features could not tell any more how well new images are recognised";
    throw new RangeError(
      `Cannot choose t: it takes validation features apart from the ${name} features, current ones share ${shared} of ` +
        `${count} rows with them: ${why}`,
    );
  }
}

/** A digest of each row. */
function digestsOf({ values, count, width }: MemoryRows): string[] {
  return Array.from(
    { length: count },
    (_, row) => createHash("sha1").update(values.subarray(row * width, (row + 1) * width)).digest("base64"),
  );
}

import type { Metrics } from "./metrics.ts";

/** The `summary.json` of a run. */
export interface Summary {
  /** The model that the run began with; null from scratch, and where a part of it was initialised. */
  before: Metrics | null;
  /** The trained model; null where none was trained. */
  after: Metrics | null;
  /** Both models together; null without an ensemble. */
  ensemble: Metrics | null;
  throughput: Throughput;
  /** How batches were taken; null where nothing was trained. */
  batchParts: BatchParts | null;
  /** Time of each part of the run; `stage1` is its training, 0 where it was there. */
  seconds: { load: number; total: number } & Record<"stage1" | "evaluate" | "features" | "train", number>;
  /** The adapter, in its own words. */
  adapter: string;
  /** The kernel family used. */
  family: string;
  /** Seed of the run. */
  seed: number;
  /** Versions by name: everyclass, deno and others. */
  versions: Record<string, string>;
  /** Numbers of images. */
  images: { train: number; test: number };
}

/** How fast images went through; of `finetune` through the backbone, of `train` through whole steps. */
export interface Throughput {
  forwardImagesPerSecond?: number;
  trainImagesPerSecond?: number;
  /** Share of that time, 0 to 1, spent waiting for data. */
  dataWaitShare: number;
}

/** How many parts a batch was taken in, and images of the largest of them; one part is the whole batch. */
export interface BatchParts {
  count: number;
  images: number;
}

/** One epoch: a row of `metrics.csv`. */
export interface EpochRow {
  /** From 1. */
  epoch: number;
  /** Learning rate of the epoch. */
  lr: number;
  /** Mean training loss. */
  loss: number;
  /** Training accuracy, in per cent, as seen while training. */
  accuracy: number;
  /** Duration. */
  seconds: number;
  /** Training images a second. */
  imagesPerSecond: number;
  /** Metrics of the test set after it; null where it was not evaluated. */
  test: Pick<Metrics, "mean" | "gmean" | "hmean" | "lowest"> | null;
}

/** One class: a row of `recalls.csv`. Recalls are in per cent, null where the model does not exist. */
export interface ClassRow {
  /** The label. */
  class: number;
  /** Its name. */
  name: string;
  /** Training images after the long-tailed cut. */
  trainImages: number;
  /** Recall of the model that the run began with. */
  before: number | null;
  /** Recall of the trained model. */
  after: number | null;
  /** Recall of both models together. */
  ensemble: number | null;
}

/** Writes a summary as JSON, numbers to four decimals. */
export function summaryJson(summary: object): string {
  return JSON.stringify(summary, (_, value) => typeof value === "number" ? rounded(value) : value, 2) + "\n";
}

const EPOCH_COLUMNS = ["epoch", "lr", "loss", "train_accuracy", "seconds", "images_per_second"];
const TEST_COLUMNS = ["test_mean", "test_gmean", "test_hmean", "test_lowest"];

/** Writes `metrics.csv`: a heading and a row for every epoch. */
export function epochsCsv(rows: readonly EpochRow[]): string {
  return csv(
    [...EPOCH_COLUMNS, ...TEST_COLUMNS],
    rows.map(({ epoch, lr, loss, accuracy, seconds, imagesPerSecond, test }) => {
      const { mean = null, gmean = null, hmean = null, lowest = null } = test ?? {};
      return [epoch, lr, loss, accuracy, seconds, imagesPerSecond, mean, gmean, hmean, lowest];
    }),
  );
}

/** Writes `recalls.csv`: a heading and a row for every class, in label order. */
export function recallsCsv(rows: readonly ClassRow[]): string {
  return csv(
    ["class", "name", "train_images", "before", "after", "ensemble"],
    rows.map((r) => [
      r.class,
      r.name,
      r.trainImages,
      r.before,
      r.after,
      r.ensemble,
    ]),
  );
}

/** Writes a table as CSV, numbers as {@linkcode summaryJson} has them; a text is quoted where it has to be. */
export function csv(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null) => {
    if (value === null) return "";
    if (typeof value === "string") return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
    return String(rounded(value));
  };
  return [head, ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
}

/** Rounds to four decimals, and to six digits where those are fewer, as learning rates may be small. */
function rounded(value: number): number {
  if (!Number.isFinite(value)) return value;
  return Math.abs(value) >= 1 ? Number(value.toFixed(4)) : Number(value.toPrecision(6));
}

import type { Metrics } from "./metrics.ts";

/** What a run leaves in `summary.json`. */
export interface Summary {
  /** The stage-1 model; null where a part of it was drawn. */
  before: Metrics | null;
  /** The re-trained model; null where none was trained. */
  after: Metrics | null;
  /** Both models together; null where there is no ensemble. */
  ensemble: Metrics | null;
  /** Images a second through the backbone; share of the time, 0 to 1, spent waiting for data. */
  throughput: { forwardImagesPerSecond: number; dataWaitShare: number };
  /** Time of each stage; `stage1` is its training, 0 where it was there. */
  seconds: {
    load: number;
    stage1: number;
    evaluate: number;
    features: number;
    retrain: number;
    total: number;
  };
  /** The adapter, in its own words. */
  adapter: string;
  /** The kernel family used. */
  family: string;
  /** Seed of the run. */
  seed: number;
  /** Versions by name: everyclass, deno and others. */
  versions: Record<string, string>;
  /** How many images. */
  images: { train: number; test: number };
}

/** What a training run leaves in `summary.json`. */
export interface TrainSummary extends Omit<Summary, "ensemble" | "throughput" | "seconds"> {
  /** The trained model. */
  after: Metrics;
  /** Training images a second; share of that time, 0 to 1, spent waiting for data. */
  throughput: { trainImagesPerSecond: number; dataWaitShare: number };
  /** How many parts a batch was taken in, and images of the largest of them; one part is the whole batch. */
  batchParts: { count: number; images: number };
  /** Time of each stage. */
  seconds: { load: number; evaluate: number; train: number; total: number };
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
}

/** One epoch of a training run; `test` is null where the test set was not evaluated after it. */
export interface TrainEpochRow extends EpochRow {
  test: Pick<Metrics, "mean" | "gmean" | "hmean" | "lowest"> | null;
}

/** One class: a row of `recalls.csv`. Recalls are in per cent, null where the model or test images are missing. */
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
  /** Recall of both together. */
  ensemble: number | null;
}

/** A summary as JSON, numbers to four decimals. */
export function summaryJson(summary: object): string {
  return JSON.stringify(summary, (_, value) => typeof value === "number" ? rounded(value) : value, 2) + "\n";
}

const EPOCH_COLUMNS = ["epoch", "lr", "loss", "train_accuracy", "seconds", "images_per_second"];

function epochCells(row: EpochRow): number[] {
  return [row.epoch, row.lr, row.loss, row.accuracy, row.seconds, row.imagesPerSecond];
}

/** `metrics.csv`: a heading and a row for every epoch. */
export function epochsCsv(rows: readonly EpochRow[]): string {
  return csv(EPOCH_COLUMNS, rows.map(epochCells));
}

/** `metrics.csv` of a training run: the same with four columns of the test set. */
export function trainEpochsCsv(rows: readonly TrainEpochRow[]): string {
  return csv(
    [...EPOCH_COLUMNS, "test_mean", "test_gmean", "test_hmean", "test_lowest"],
    rows.map((row) => {
      const { mean = null, gmean = null, hmean = null, lowest = null } = row.test ?? {};
      return [...epochCells(row), mean, gmean, hmean, lowest];
    }),
  );
}

/** `recalls.csv`: a heading and a row for every class, in label order. */
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

function csv(head: string[], rows: (string | number | null)[][]): string {
  const cell = (value: string | number | null) => {
    if (value === null) return "";
    if (typeof value === "string") return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
    return String(rounded(value));
  };
  return [head, ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
}

/** Four decimals, and never fewer than six digits: a learning rate may be small. */
function rounded(value: number): number {
  if (!Number.isFinite(value)) return value;
  return Math.abs(value) >= 1 ? Number(value.toFixed(4)) : Number(value.toPrecision(6));
}

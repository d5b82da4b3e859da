import type { Metrics } from "./metrics.ts";

/** What a run leaves in `summary.json`. */
export interface Summary {
  /** The stage-1 model. */
  before: Metrics;
  /** The re-trained model; null where none was trained. */
  after: Metrics | null;
  /** Both models together; null where there is no ensemble. */
  ensemble: Metrics | null;
  /** Images a second through the backbone; share of the time, 0 to 1, spent waiting for data. */
  throughput: { forwardImagesPerSecond: number; dataWaitShare: number };
  /** Time of each stage. */
  seconds: { load: number; evaluate: number; features: number; retrain: number; total: number };
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

/** One class: a row of `recalls.csv`. Recalls are in per cent, null where that model does not exist. */
export interface ClassRow {
  /** The label. */
  class: number;
  /** Its name. */
  name: string;
  /** Training images after the long-tailed cut. */
  trainImages: number;
  /** Recall of the stage-1 model. */
  before: number;
  /** Recall of the re-trained model. */
  after: number | null;
  /** Recall of both together. */
  ensemble: number | null;
}

/** The summary as JSON, numbers to four decimals. */
export function summaryJson(summary: Summary): string {
  return JSON.stringify(summary, (_, value) => typeof value === "number" ? rounded(value) : value, 2) + "\n";
}

/** `metrics.csv`: a heading and a row for every epoch. */
export function epochsCsv(rows: readonly EpochRow[]): string {
  return csv(
    ["epoch", "lr", "loss", "train_accuracy", "seconds", "images_per_second"],
    rows.map((r) => [
      r.epoch,
      r.lr,
      r.loss,
      r.accuracy,
      r.seconds,
      r.imagesPerSecond,
    ]),
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

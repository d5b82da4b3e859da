import type { ModelStatistics } from "../statistics/model.ts";
import type { MoreLabelsRecord } from "../verdict/more_labels.ts";
import type { Group, Metrics } from "./metrics.ts";
import type { Cost } from "./rule/cost.ts";
import type { Point } from "./rule/point.ts";
import type { VerdictRecord } from "./verdict_record.ts";

/** The `summary.json` of a run. */
export interface Summary {
  /** When the run began, or went on after it was cut off: ISO 8601, UTC. */
  date: string;
  /** The model that the run began with; null from scratch, and if a part of the model was initialised. */
  before: Metrics | null;
  /** The trained model; null if no model was trained. */
  after: Metrics | null;
  /** Both models together; null without an ensemble. */
  ensemble: Metrics | null;
  throughput: Throughput;
  /** Parts that batches were taken in; null if nothing was trained. */
  batchParts: BatchParts | null;
  /** Time of each part of the run; `stage1` is the time of training stage 1, 0 if stage 1 was there. */
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
  /** Verdict of the test images on the run; null where a class has no test images, or nothing was trained. */
  verdict: VerdictRecord | null;
  /** The operating point, and the test images along its line; null where no point differs from another. */
  point: Point | null;
  /**
   * Costs of a test image by the model that was trained, adjusted or measured; of several models measured together by all of
   * them. Null where all mistakes cost the same.
   */
  cost: Cost | null;
  /** The gain that further labelled images bring the re-trained model; null or absent where it was not measured. */
  moreLabels?: MoreLabelsRecord | null;
}

/** Speed of a run: `finetune` counts images through the backbone, `train` images through whole steps. */
export interface Throughput {
  forwardImagesPerSecond?: number;
  trainImagesPerSecond?: number;
  /** Share of the time, 0 to 1, spent waiting for data. */
  dataWaitShare: number;
}

/** Number of parts that a batch was taken in, and images of the largest part; one part is the whole batch. */
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
  /** Metrics of the test set after the epoch; null if it was not evaluated then. */
  test: Pick<Metrics, "mean" | "gmean" | "hmean" | "lowest"> | null;
}

/**
 * One class: a row of `recalls.csv`. Recalls are in per cent, null where the model does not exist or the class has no test
 * images.
 */
export interface ClassRow {
  /** The label. */
  class: number;
  /** Name of the class. */
  name: string;
  /** Training images after the long-tailed cut. */
  trainImages: number;
  /** Its group by training images; by default that of the usual bounds. */
  group?: Group;
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

const MODELS = ["before", "after", "ensemble"] as const;

/** Statistics of each model of a run. */
type StatisticsOf = Partial<Record<typeof MODELS[number], ModelStatistics | null>>;

/**
 * Writes `recalls.csv`: a heading and a row for every class, in label order. Numbers are in per cent.
 *
 * @param statistics Adds test images, the 95 % interval of each recall, precision and F1; these stay empty without it.
 */
export function recallsCsv(rows: readonly ClassRow[], statistics: StatisticsOf | null = null): string {
  const extra = MODELS.flatMap((model) =>
    ["low", "high", "precision", "f1"].map((name) => `${model}_${name}`)
  );
  return csv(
    ["class", "name", "train_images", ...MODELS, "test_images", ...extra],
    rows.map((row, label) => [
      row.class,
      row.name,
      row.trainImages,
      ...MODELS.map((model) => row[model]),
      (statistics?.after ?? statistics?.before)?.classes[label].images ?? null,
      ...MODELS.flatMap((model) => {
        const { recall, precision = null, f1 = null } = statistics?.[model]?.classes[label] ?? {};
        const percent = (value: number | null | undefined) => value == null ? null : 100 * value;
        return [recall?.low, recall?.high, precision?.value, f1].map(percent);
      }),
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

/** Rounds to four decimals, or below 1 to six digits, as learning rates may be small. */
function rounded(value: number): number {
  if (!Number.isFinite(value)) return value;
  return Math.abs(value) >= 1 ? Number(value.toFixed(4)) : Number(value.toPrecision(6));
}

import { columnsOf } from "../flags/columns.ts";
import { csv, summaryJson } from "../results/records.ts";
import type { ClassProbability } from "./ranking.ts";

/** The prediction of an image. */
export interface Prediction {
  /** Its path as the user would write it. */
  file: string;
  /** The likeliest class; `unsure` where it is not as likely as asked for. */
  class: string;
  /** Probability of the likeliest class, 0 to 1. */
  probability: number;
  /** True if that is less than asked for. */
  unsure: boolean;
  /** The likeliest classes, likeliest first. */
  top: ClassProbability[];
}

/** An image that could not be read. */
export interface Unread {
  file: string;
  /** Why, in words. */
  cause: string;
}

/** Stands for a class that is not likely enough. */
const UNSURE = "unsure";

/** The prediction of an image by its likeliest classes, at least one. @param threshold Least probability of a class. */
export function predictionOf(
  file: string,
  top: ClassProbability[],
  threshold: number | null,
): Prediction {
  const [{ name, probability }] = top;
  const unsure = threshold !== null && probability < threshold;
  return { file, class: unsure ? UNSURE : name, probability, unsure, top };
}

/** Writes predictions as CSV: file, class, probability, then the likeliest classes with their probabilities. */
export function predictionsCsv(predictions: readonly Prediction[]): string {
  const count = Math.max(0, ...predictions.map(({ top }) => top.length));
  const ranks = Array.from({ length: count }, (_, i) => [`class_${i + 1}`, `probability_${i + 1}`]).flat();
  return csv(
    ["file", "class", "probability", ...ranks],
    predictions.map(({ file, class: name, probability, top }) => [
      ...[file, name, probability],
      ...top.flatMap(({ name, probability }) => [name, probability]),
    ]),
  );
}

/** Writes predictions as JSON, one a line. */
export function predictionsJsonl(predictions: readonly Prediction[]): string {
  return predictions.map((prediction) => JSON.stringify(JSON.parse(summaryJson(prediction))) + "\n").join("");
}

/** Writes predictions as a table for a terminal. */
export function predictionsTable(predictions: readonly Prediction[]): string {
  const count = Math.max(2, ...predictions.map(({ top }) => top.length));
  const others = Array.from({ length: count - 1 }, (_, i) => [i === 0 ? "runner-up" : `rank ${i + 2}`, ""])
    .flat();
  const { rows, widths } = columnsOf([
    ["file", "class", "", ...others],
    ...predictions.map(({ file, unsure, class: name, top }) => {
      const [{ name: best, probability }, ...rest] = top;
      const cells = Array.from({ length: count - 1 }, (_, i) => rest[i])
        .flatMap((one) => one ? [plain(one.name), percent(one.probability)] : ["", ""]);
      return [
        plain(file),
        unsure ? `${name} (${plain(best)}?)` : plain(best),
        percent(probability),
        ...cells,
      ];
    }),
  ], (column) => column === 0 || column % 2 === 1);
  const lines = rows.map((row) => row.join("  ").trimEnd());
  const rule = "─".repeat(widths.reduce((a, b) => a + b + 2, -2));
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** A probability in per cent. */
export function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}

/** A text without the characters that steer a terminal, which a file may have in its name. */
export function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, "\uFFFD");
}

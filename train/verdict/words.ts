import { counted } from "../progress/count.ts";
import type { Measure } from "../statistics/compare.ts";

/** Names that a sentence lists before it counts the others. */
const MOST_NAMES = 3;

/** The numbers as a sentence names them. */
export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  accuracy: "plain accuracy",
  mean: "mean recall",
  gmean: "G-mean",
  hmean: "H-mean",
  lowest: "lowest recall",
  lowestShare: "mean recall of the lowest 5 % of classes",
  macroF1: "macro F1",
};

/** Texts as part of a sentence: `a`, `a and b`, `a, b and c`, `a, b, c and 12 more`. */
export function listed(texts: readonly string[], most = MOST_NAMES): string {
  const rest = texts.length - most;
  const all = rest > 0 ? [...texts.slice(0, most), `${counted(rest)} more`] : texts;
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/** A fraction in per cent: `79.0 %`. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

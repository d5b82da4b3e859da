import { readNamed } from "../flags/errors.ts";

/** What is known of the classes of a checkpoint, in the order in which it has them. */
export interface KnownClasses {
  /** Training images of each; null: not known. */
  counts: readonly number[] | null;
  /** The name of each; null: not known. */
  names: readonly string[] | null;
  /** Whether the names are no more than the labels of data without names. */
  numbered: boolean;
}

/** What a checkpoint of this program tells of its classes in its metadata; others tell nothing. */
export function classesOf(metadata: Readonly<Record<string, string>>): KnownClasses {
  const own = metadata.program === "everyclass";
  const list = <T>(text: string | undefined, is: (value: unknown) => value is T): T[] | null => {
    if (!own || text === undefined) return null;
    try {
      const value: unknown = JSON.parse(text);
      return Array.isArray(value) && value.every(is) ? value : null;
    } catch {
      return null; // written by others
    }
  };
  const names = list(metadata.classes, (name) => typeof name === "string");
  return {
    counts: list(metadata.trainImages, (count) => typeof count === "number"),
    names,
    // Earlier versions did not write whether the data had names.
    numbered: metadata.named === undefined ? names?.every(isLabel) ?? false : metadata.named !== "true",
  };
}

/**
 * Training images of each class by the list that a checkpoint was trained with, `path label` a line.
 *
 * @param classes How many classes the run has.
 * @throws {Error} when it cannot be read. @throws {SyntaxError} when a line has no label.
 * @throws {RangeError} when there are other labels than the run's.
 */
export async function readListCounts(file: string, classes: number): Promise<number[]> {
  const counts: number[] = new Array(classes).fill(0);
  const text = await readNamed(`the checkpoint's training list ${file}`, () => Deno.readTextFile(file));
  text.split("\n").forEach((raw, i) => {
    const line = raw.trim();
    if (line === "") return;
    const label = /\s(\d+)$/.exec(line)?.[1];
    if (label === undefined) {
      throw new SyntaxError(
        `Cannot read the training list ${file}: it takes a path and a label in every line, current line ${
          i + 1
        } ` +
          `is ${JSON.stringify(line.slice(0, 60))}: another kind of file`,
      );
    }
    if (Number(label) >= classes) {
      throw new RangeError(
        `Cannot compare the classes with those of ${file}: it takes labels below ${classes}, current label of line ` +
          `${i + 1} is ${label}: the list is of another data set`,
      );
    }
    counts[Number(label)]++;
  });
  return counts;
}

function isLabel(name: string, label: number): boolean {
  return name === String(label);
}

import { parseJson } from "../../formats/json/mod.ts";
import { readNamed } from "../flags/errors.ts";

/** The classes of a checkpoint, in its order, as far as they are known. */
export interface KnownClasses {
  /** Training images of each class; null: unknown. */
  counts: readonly number[] | null;
  /** Name of each class; null: unknown. */
  names: readonly string[] | null;
  /** True where the names are only the labels of data without names. */
  numbered: boolean;
}

/** Reads the classes from the metadata of a checkpoint of this program; other checkpoints name no classes. */
export function classesOf(metadata: Readonly<Record<string, string>>): KnownClasses {
  const own = metadata.program === "everyclass";
  const list = <T>(text: string | undefined, is: (value: unknown) => value is T): T[] | null => {
    if (!own || text === undefined) return null;
    try {
      const value: unknown = parseJson(text);
      return Array.isArray(value) && value.every(is) ? value : null;
    } catch {
      return null; // written by other programs
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
 * Counts the training images of each class in the list that a checkpoint was trained with, `path label` a line.
 *
 * @param classes Number of classes of the run.
 * @throws {Error} when it cannot be read. @throws {SyntaxError} when a line has no label.
 * @throws {RangeError} when a label is not below `classes`.
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
          `${i + 1} is ${label}: the list belongs to another data set`,
      );
    }
    counts[Number(label)]++;
  });
  return counts;
}

function isLabel(name: string, label: number): boolean {
  return name === String(label);
}

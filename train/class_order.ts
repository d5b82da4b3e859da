import { readNamed } from "./errors.ts";
import type { Setup } from "./setup.ts";

/** What is known of the classes of a checkpoint, in the order in which it has them. */
export interface KnownClasses {
  /** Training images of each; null: not known. */
  counts: readonly number[] | null;
  /** The name of each; null: not known, or mere numbers. */
  names: readonly string[] | null;
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
    names: names && named(names),
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

/**
 * Makes sure that the classes of a checkpoint do not stand in another order than the run's, as far as it is known: it
 * would score near 0 then, and nothing else would tell.
 *
 * @param path Of the checkpoint, for errors.
 * @returns Whether they are known to stand in the same order.
 * @throws {RangeError} when names or counts are the run's, in another order.
 */
export function checkClassOrder(
  path: string,
  known: KnownClasses,
  { dataset: { classNames }, counts }: Pick<Setup, "dataset" | "counts">,
): boolean {
  const names = named(classNames);
  if (known.names && names && sameInAnyOrder(known.names, names)) {
    const at = known.names.findIndex((name, label) => name !== names[label]);
    if (at < 0) return true;
    throw otherOrder(
      path,
      `class ${at} is ${known.names[at]} there and ${names[at]} here`,
      "the labels were numbered in another way",
    );
  }
  const { counts: there } = known;
  const here = [...counts];
  if (!there || !sameInAnyOrder(there, here)) return false;
  const at = there.findIndex((count, label) => count !== here[label]);
  if (at < 0) return true;
  const cause = isSorted(there) || isSorted(here)
    ? `the labels of the ${isSorted(there) ? "checkpoint's" : "run's"} list were sorted by class size`
    : "the labels were numbered in another way";
  throw otherOrder(path, `class ${at} has ${there[at]} training images there and ${here[at]} here`, cause);
}

function otherOrder(path: string, difference: string, cause: string): RangeError {
  return new RangeError(
    `Cannot use the checkpoint ${path}: it takes one whose classes stand in the order of the run's, ` +
      `current ones stand in another order, ${difference}: ${cause}`,
  );
}

/** Names that tell a class; null where they are no more than its number. */
function named(names: readonly string[]): readonly string[] | null {
  return names.every((name) => /^(class )?\d+$/.test(name)) ? null : names;
}

function sameInAnyOrder<T extends string | number>(a: readonly T[], b: readonly T[]): boolean {
  const sorted = (list: readonly T[]) => list.toSorted((x, y) => x < y ? -1 : x > y ? 1 : 0);
  const [x, y] = [sorted(a), sorted(b)];
  return x.length === y.length && x.every((value, i) => value === y[i]);
}

/** Whether the largest class comes first and the smallest last, or the other way round. */
function isSorted(counts: readonly number[]): boolean {
  const steps = counts.slice(1).map((count, i) => Math.sign(count - counts[i]));
  return !(steps.includes(1) && steps.includes(-1));
}

import type { KnownClasses } from "./class_order.ts";
import type { Setup } from "./setup.ts";

/** The part of a setup that tells of the run's classes. */
export type RunClasses = Pick<Setup, "dataset" | "counts">;

/** How the classes of a checkpoint stand to those of a run. */
export type ClassMatch =
  /** As the run's do; whether that is known. */
  | { order: "same"; known: boolean }
  /** In another order: the checkpoint's number of each of the run's classes. */
  | { order: "other"; from: readonly number[] }
  /** They are other classes, as these words tell. */
  | { order: null; words: string };

/**
 * Compares the classes of a checkpoint with the run's, as far as they are known: by their names where both have names,
 * else by how many training images they have.
 *
 * @throws {RangeError} when they stand in another order, and no names tell in which.
 */
export function matchClasses(path: string, known: KnownClasses, run: RunClasses): ClassMatch {
  const { classNames: here, numbered = false } = run.dataset;
  const { names: there } = known;
  if (there === null) return { order: "same", known: isOrderOfCounts(path, known, run) };
  const named = !known.numbered && !numbered;
  const at = there.findIndex((name, label) => name !== here[label]);
  if (sameInAnyOrder(there, here)) {
    if (at < 0) return { order: "same", known: named || isOrderOfCounts(path, known, run) };
    const difference = `class ${at} is ${there[at]} there and ${here[at]} here`;
    if (!named) throw otherOrder(path, difference, labelsCause(known.numbered));
    const from = here.map((name) => there.indexOf(name));
    if (new Set(from).size === here.length) return { order: "other", from };
    throw otherOrder(path, difference, "several classes have one name, so that names do not tell them apart");
  }
  if (!named) return { order: "same", known: isOrderOfCounts(path, known, run) };
  if (sameCounts(known, run)) return { order: "same", known: true }; // the names are spelled otherwise
  return { order: null, words: `class ${at} is ${there[at] ?? "none"} there and ${here[at] ?? "none"} here` };
}

/**
 * Whether classes are known to stand in the run's order by how many training images they have.
 *
 * @throws {RangeError} when the numbers are the run's, in another order.
 */
function isOrderOfCounts(path: string, { counts: there }: KnownClasses, { counts }: RunClasses): boolean {
  const here = [...counts];
  if (!there || !sameInAnyOrder(there, here)) return false;
  const at = there.findIndex((count, label) => count !== here[label]);
  if (at < 0) return sameCounts({ counts: there }, { counts });
  const cause = isSorted(there) || isSorted(here)
    ? `the labels of the ${isSorted(there) ? "checkpoint's" : "run's"} list were sorted by class size`
    : "the labels were numbered in another way";
  throw otherOrder(path, `class ${at} has ${there[at]} training images there and ${here[at]} here`, cause);
}

/** Whether both have the same numbers of images in the same order; of classes that are alike, any order has. */
function sameCounts(
  { counts: there }: Pick<KnownClasses, "counts">,
  { counts }: Pick<Setup, "counts">,
): boolean {
  const here = [...counts];
  return there !== null && there.length === here.length && new Set(here).size > 1 &&
    there.every((count, label) => count === here[label]);
}

/** Why numbers do not tell classes apart. @param there Whether the checkpoint's are labels; if not, the run's. */
function labelsCause(there: boolean): string {
  return `the ${
    there ? "checkpoint's" : "run's"
  } are labels of data without names, which need not be those numbers: ` +
    (there
      ? "take data with the labels that it was trained with"
      : "name the classes of the list by data.names");
}

function otherOrder(path: string, difference: string, cause: string): RangeError {
  return new RangeError(
    `Cannot use the checkpoint ${path}: it takes one whose classes stand in the order of the run's, ` +
      `current ones stand in another order, ${difference}: ${cause}`,
  );
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

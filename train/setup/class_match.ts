import type { KnownClasses } from "./class_order.ts";
import type { Setup } from "./setup.ts";

/** The part of a setup that describes the run's classes. */
export type RunClasses = Pick<Setup, "dataset" | "counts">;

/** The classes of a checkpoint compared with the classes of a run. */
export type ClassMatch =
  /** The order of the run; `known` where names or numbers confirm it. */
  | { order: "same"; known: boolean }
  /** Another order; `from` has the checkpoint's label of each class of the run. */
  | { order: "other"; from: readonly number[] }
  /** Different classes; `words` name a difference. */
  | { order: null; words: string };

/**
 * Compares the classes of a checkpoint with the run's, as far as they are known: by name where both have names,
 * else by the number of training images.
 *
 * @throws {RangeError} when the classes stand in another order, and names do not tell which.
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
 * Tells whether the numbers of training images confirm that classes stand in the run's order.
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

/** Tells whether both have the same numbers of images in the same order; equal numbers in all classes confirm no order. */
function sameCounts(
  { counts: there }: Pick<KnownClasses, "counts">,
  { counts }: Pick<Setup, "counts">,
): boolean {
  const here = [...counts];
  return there !== null && there.length === here.length && new Set(here).size > 1 &&
    there.every((count, label) => count === here[label]);
}

/** Writes why labels do not identify classes. @param there True where the checkpoint has labels only, else the run has. */
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

/** Tells whether class sizes never rise, or never fall. */
function isSorted(counts: readonly number[]): boolean {
  const steps = counts.slice(1).map((count, i) => Math.sign(count - counts[i]));
  return !(steps.includes(1) && steps.includes(-1));
}

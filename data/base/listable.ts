import { Faults } from "./faults.ts";

/**
 * Makes sure that a list file can hold paths, as a run writes one of its images.
 *
 * @param what For the message, such as "the images of a/b".
 * @throws {RangeError} when a path has a line break, a space or a tab at its end, or begins with a byte order mark.
 */
export function checkListable(paths: readonly string[], what: string): void {
  const wrong = paths.filter((path) => /\n|[ \t]$|^\uFEFF/.test(path)).map((path) => JSON.stringify(path));
  const faults = new Faults(what);
  faults.addAll(
    RangeError,
    "paths that a line of a list can hold, without line breaks and spaces at the end",
    wrong,
  );
  Faults.throwAny(faults);
}

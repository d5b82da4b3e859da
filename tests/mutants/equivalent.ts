import { type Mutant, placeOf } from "./mutant.ts";

/** A mutant that no input tells from the code as it is. */
interface Equivalent {
  file: string;
  /** The line, without the space before it. */
  code: string;
  change: string;
  /** The number of the same word before it in the line. */
  nth: number;
  why: string;
}

/** The mutants that no test can catch, as they do the same for all inputs. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "train/statistics/macro_f1.ts",
    code: "for (let i = 0; i < labels.length; i++) {",
    change: "< -> <=",
    nth: 0,
    why: "past the last label both classes are undefined, and no sum has that index",
  },
];

/** True for a mutant of the list. */
export function isEquivalent(text: string, mutant: Mutant): boolean {
  const { code, change, nth } = placeOf(text, mutant);
  return EQUIVALENT.some((known) =>
    known.file === mutant.file && known.code === code && known.change === change && known.nth === nth
  );
}

/** One change of one file. */
export interface Mutant {
  /** Path in the repository. */
  file: string;
  /** First and behind-last character of what is replaced. */
  at: readonly [from: number, to: number];
  /** The new text. */
  to: string;
}

/** The text of the file with the change. */
export function changed(text: string, { at: [from, to], to: now }: Mutant): string {
  return text.slice(0, from) + now + text.slice(to);
}

/** The line of a mutant, from 1, what stands there, and the change. */
export function placeOf(text: string, { at: [from, to], to: now }: Mutant): Place {
  const before = text.slice(0, from);
  const start = before.lastIndexOf("\n") + 1;
  return {
    line: before.split("\n").length,
    code: text.slice(start).split("\n", 1)[0].trim(),
    // The one of the line's places that it is, where the same change fits several.
    nth: occurrences(text.slice(start, from), text.slice(from, to)),
    change: `${text.slice(from, to)} -> ${now}`,
  };
}

/** A mutant for people, and by which a list of mutants knows it when lines have moved. */
export interface Place {
  line: number;
  code: string;
  nth: number;
  change: string;
}

function occurrences(text: string, word: string): number {
  return word === "" ? 0 : text.split(word).length - 1;
}

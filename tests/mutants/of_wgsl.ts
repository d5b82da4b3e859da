import { FLIPS, MINIMA, plusOne } from "./flips.ts";
import type { Mutant } from "./mutant.ts";

/** The words of WGSL: comments and directives, attributes, names with what `$` puts into them, numbers, operators. */
const WORD = new RegExp(
  [
    String.raw`(?<skip>\/\/.*|\/\*[^]*?\*\/|@\w+(?:\([^)]*\))?|->)`,
    String.raw`(?<name>[A-Za-z_$][\w$]*)`,
    String.raw`(?<number>(?:0x[\da-fA-F]+|\d+\.?\d*(?:e[+-]?\d+)?)[uifh]?)`,
    String.raw`(?<operator>\+\+|--|[+\-*/&|]=|<=|>=|==|!=|&&|\|\||[<>+\-*/%&|!])`,
    String.raw`(?<other>[^\s])`,
  ].join("|"),
  "g",
);

/** A name behind which `<` begins a type. */
const OF_TYPE = /^(vec[234]|array|var|ptr|atomic|bitcast|mat\dx\d)$/;

/** The mutants of a shader, as those of TypeScript are made. Directives and attributes stay as they are. */
export function mutantsOfWgsl(file: string, text: string): Mutant[] {
  const found: Mutant[] = [];
  const add = (from: number, to: number, now: string) => found.push({ file, at: [from, to], to: now });
  let before = ""; // the word before, if it ends a value
  let inType = 0;
  for (const { 0: word, index, groups } of text.matchAll(WORD)) {
    const end = index + word.length;
    if (groups!.skip !== undefined) continue;
    if (word === "<" && OF_TYPE.test(before)) inType++;
    else if (word === ">" && inType > 0) inType--;
    else if (groups!.number !== undefined && inType === 0) add(index, end, plusOne(word));
    else if (groups!.name !== undefined && word in MINIMA) add(index, end, MINIMA[word]);
    else if (word === "!" || word === "-" && before === "") add(index, end, "");
    else if (groups!.operator !== undefined && word in FLIPS) add(index, end, FLIPS[word]);
    before = /[\w$)\]]$/.test(word) && word !== "return" ? word : "";
  }
  return found;
}

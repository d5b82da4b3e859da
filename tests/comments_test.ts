// Comments name the thing that they describe: none begins with a bare Of, What, Whether or How.

import { assertEquals } from "@std/assert";
import { sourceFiles, textOf } from "./source_files.ts";

/** Begins a comment, or the description of a parameter, a result or an error. */
const BARE =
  /(?:(?:^|\s)(?:\/\/+|\/\*\*?|^\s*\*)|@(?:param\s+[\w.$]+|returns?|throws(?:\s+\{[^}]*\})?))\s+(Of|What|Whether|How)\b/;

/** The lines of a text with such a beginning, each with its number. */
function bareIn(text: string): string[] {
  return text.split("\n").flatMap((line, i) => BARE.test(line) ? [`${i + 1}: ${line.trim()}`] : []);
}

Deno.test("no comment begins with a bare Of, What, Whether or How", () => {
  const files = sourceFiles().filter((path) => /\.(ts|wgsl)$/.test(path) && !path.startsWith("tests/"));
  assertEquals(files.flatMap((path) => bareIn(textOf(path)).map((line) => `${path}:${line}`)), []);
});

Deno.test("a bare beginning is found wherever a comment begins", () => {
  for (
    const line of [
      "/** Of a model. */",
      "// What it takes.",
      "   * Whether it is one.",
      "/* How it goes. */",
      "  x = 1; // Of both.",
      " * @param a The first. @param b How many.",
      " * @returns What was found.",
      " * @throws {RangeError} Whether it does.",
    ]
  ) assertEquals(bareIn(line).length, 1, line);
  for (
    const line of [
      "/** Number of models; How is it. */",
      " * A model. Of both, the first.",
      "// Offset of a row.",
      'const text = "What";',
    ]
  ) assertEquals(bareIn(line), [], line);
});

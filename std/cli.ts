import stringWidth from "string-width";
// @ts-types="./cli.d.ts"
export * from "deno-std/cli/parse_args.js";

/** Columns of a text in a terminal. On npm @std/cli lacks the file of widths that its own function reads. */
export function unicodeWidth(text: string): number {
  return stringWidth(text);
}

/** Deepest nesting that is read: annotations with outlines have 6, and whatever walks a value calls itself at each level. */
const DEEPEST = 64;

/** Bytes of text for each list or object, and lists and objects of a text of any length: empty ones take memory, too. */
const [LETTERS, FREE] = [6, 100_000];

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/**
 * Reads a JSON text as `JSON.parse` does, after a look at its nesting: millions of brackets would keep it busy for minutes, and
 * its value would overflow the stack of what reads it.
 *
 * @throws {SyntaxError} when the text is no JSON, is nested deeper than 64, or has hardly anything but brackets.
 *
 * @example
 * ```ts
 * import { parseJson } from "everyclass/formats";
 * console.log(parseJson('{ "classes": ["cat", "dog"] }')); // the object
 * ```
 */
export function parseJson(text: string): unknown {
  let [depth, deepest, opened] = [0, 0, 0];
  eachBracket(text, (code) => {
    if (code === 0x5b || code === 0x7b) {
      opened++;
      if (++depth > deepest) deepest = depth;
    } else if (code === 0x5d || code === 0x7d) depth--;
    return deepest <= DEEPEST;
  });
  if (deepest > DEEPEST) {
    throw new SyntaxError(`it takes JSON nested ${DEEPEST} deep at most, current is nested deeper`);
  }
  if (opened > FREE + text.length / LETTERS) {
    throw new SyntaxError(`it takes JSON with values, current has ${opened} lists and objects`);
  }
  return JSON.parse(text);
}

/**
 * The first key that occurs twice in one object of a JSON text, or null. `JSON.parse` silently keeps the last value.
 *
 * @param json Text that {@linkcode parseJson} accepts.
 */
export function duplicateKey(json: string): string | null {
  const open: (Set<string> | null)[] = []; // the keys of every open object, null for an array
  let twice: string | null = null;
  let [from, to] = [0, 0]; // the last string, with its quotes
  eachBracket(json, (code, at, end) => {
    if (code === QUOTE) [from, to] = [at, end];
    else if (code === 0x7b) open.push(new Set());
    else if (code === 0x5b) open.push(null);
    else if (code === 0x7d || code === 0x5d) open.pop();
    else {
      const key: string = JSON.parse(json.slice(from, to));
      const keys = open.at(-1)!;
      if (keys!.has(key)) twice = key;
      keys!.add(key);
    }
    return twice === null;
  });
  return twice;
}

/**
 * Goes over the strings, brackets and colons of a JSON text, without a regular expression: these overflow their stack at long
 * strings.
 *
 * @param take Takes the code, where it stands and, for a string, where the string ends; false ends the walk.
 */
function eachBracket(text: string, take: (code: number, at: number, end: number) => boolean): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const start = at++;
      for (; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
        if (text.charCodeAt(at) === BACKSLASH) at++;
      }
      if (!take(code, start, at + 1)) return;
    } else if (code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d || code === 0x3a) {
      if (!take(code, at, at + 1)) return;
    }
  }
}

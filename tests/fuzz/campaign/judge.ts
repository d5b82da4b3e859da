// Judges the end of a reading: an error of the product in one sentence, or a value.
import { Buffer } from "node:buffer";
import type { Format } from "../format.ts";

/** Words of errors that the product did not write. */
const RAW =
  /call stack|Invalid (typed )?array|Invalid string length|array length|properties of|not iterable|is not a (function|constructor|valid|string|number|object|Uint8Array)| is not defined|out of memory|allocation|^offset is out of bounds|outside the bounds|buffer size|Cannot (convert|mix|destructure|set|access) |undefined \(/i;

/** Longest message: names of a file are cut short. */
const MOST_LETTERS = 10_000;

/** Tells why an error is none that the product may throw on a hostile file; null where it is one. */
export function rawness(error: unknown, { errors, path, quotes }: Format): string | null {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const messages: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) messages.push(e.message);
  const text = `${error.name}: ${messages.join(" | ")}`;
  const wrong = !errors.some((kind) => error instanceof kind)
    ? "of another class"
    : !/^Cannot \w[^]*:/.test(error.message)
    ? "not in the house form"
    : path !== undefined && !messages.some((message) => message.includes(path))
    ? "without the path"
    : (quotes ? messages.slice(0, 1) : messages).some((message) => RAW.test(message))
    ? "with raw words"
    : error.message.length > MOST_LETTERS
    ? `of ${error.message.length} letters`
    : null;
  return wrong &&
    `${wrong}: ${text.slice(0, 300)}\n${(error.stack ?? "").split("\n").slice(1, 9).join("\n")}`;
}

/** Tells whether two values are equal, to the bit, however deep they are nested. */
export function same(a: unknown, b: unknown): boolean {
  const pairs: [unknown, unknown][] = [[a, b]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const inner = pairsIn(...pair);
    if (inner === null) return false;
    for (const one of inner) pairs.push(one);
  }
  return true;
}

/** Pairs that have to be equal for two values to be equal; null where the values differ. */
function pairsIn(a: unknown, b: unknown): [unknown, unknown][] | null {
  if (Object.is(a, b)) return [];
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return null;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const [x, y] = [a, b].map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength)
    );
    return a.constructor === b.constructor && x.equals(y) ? [] : null;
  }
  if (a instanceof Map && b instanceof Map) return [[[...a], [...b]]];
  if (a instanceof Set && b instanceof Set) return [[[...a], [...b]]];
  if (Array.isArray(a) !== Array.isArray(b)) return null;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const at = (value: object, key: string) => (value as Record<string, unknown>)[key];
  return keys.length === others.length ? keys.map((key) => [at(a, key), at(b, key)]) : null;
}

/** Bytes that a value holds in typed arrays and texts, each counted once. */
export function bytesOf(value: unknown): number {
  const seen = new Set<unknown>();
  const left = [value];
  let sum = 0;
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === "string") sum += 2 * one.length;
    else if (typeof one !== "object" || one === null || seen.has(one)) sum += 8;
    else if (ArrayBuffer.isView(one)) {
      if (!seen.has(one.buffer)) sum += one.byteLength;
      seen.add(one.buffer);
    } else {
      seen.add(one);
      sum += 64;
      const inner = one instanceof Map ? [...one].flat() : one instanceof Set ? one : Object.values(one);
      for (const each of inner) left.push(each);
    }
  }
  return sum;
}

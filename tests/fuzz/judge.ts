// Judges the end of a reading: an error of the product in one sentence, or a value.
import type { Format } from "./format.ts";

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

/** Tells whether two values are equal, to the bit. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const [x, y] = [a, b].map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    return a.constructor === b.constructor && x.length === y.length && x.every((byte, i) => byte === y[i]);
  }
  if (a instanceof Map && b instanceof Map) return same([...a], [...b]);
  if (a instanceof Set && b instanceof Set) return same([...a], [...b]);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const at = (value: object, key: string) => (value as Record<string, unknown>)[key];
  return keys.length === others.length && keys.every((key) => same(at(a, key), at(b, key)));
}

/** Bytes that a value holds in typed arrays and texts, each counted once. */
export function bytesOf(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null || seen.has(value)) return 8;
  seen.add(value);
  if (ArrayBuffer.isView(value)) {
    if (seen.has(value.buffer)) return 0;
    seen.add(value.buffer);
    return value.byteLength;
  }
  const inner = value instanceof Map
    ? [...value].flat()
    : value instanceof Set
    ? [...value]
    : Object.values(value);
  return inner.reduce((sum: number, one) => sum + bytesOf(one, seen), 64);
}

import { createHash } from "node:crypto";

/** Tensors by name: their values, or the objects of a file that hold them. */
type Tensors = Iterable<readonly [name: string, values: ArrayBufferView]>;

/** SHA-256 in hex of tensors, independent of their order. */
export function tensorDigest(tensors: Tensors): string {
  const hash = createHash("sha256");
  for (const [name, { buffer, byteOffset, byteLength }] of [...tensors].sort(byName)) {
    hash.update(JSON.stringify([name, byteLength])).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

/** SHA-256 in hex of a JSON value, independent of the order of its keys. */
export function valueDigest(value: unknown): string {
  return createHash("sha256").update(sortedJson(value)).digest("hex");
}

/** Writes a value as JSON with sorted keys at every depth, so that equal values give equal texts. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => isObject(inner) ? sorted(inner) : inner) ?? "null";
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(byName));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import type { StateDict } from "../tensors/raw_tensor.ts";

/**
 * Removes a common prefix such as `module.` from the names of a state dict. Among the prefixes that all names have, it
 * takes the one whose removal leaves the most expected names; if no removal helps, the names stay.
 *
 * @param expected The names of the network.
 *
 * @example
 * ```ts
 * import { stripPrefix } from "everyclass/formats";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * const { prefix } = stripPrefix(["fc.bias"], new Map([["module.fc.bias", bias]]));
 * console.log(prefix); // module.
 * ```
 */
export function stripPrefix(
  expected: Iterable<string>,
  given: StateDict,
): { state: StateDict; prefix: string } {
  const wanted = new Set(expected);
  const names = [...given.keys()];
  const fitting = (prefix: string) => names.filter((name) => wanted.has(name.slice(prefix.length))).length;
  let prefix = "", most = fitting("");
  for (const candidate of commonPrefixes(names)) {
    const count = fitting(candidate);
    if (count > most) [prefix, most] = [candidate, count];
  }
  return { state: new Map([...given].map(([name, tensor]) => [name.slice(prefix.length), tensor])), prefix };
}

/** `a.`, `a.b.`, … as far as all names begin so; shortest first. */
function commonPrefixes(names: readonly string[]): string[] {
  const prefixes: string[] = [];
  const first = names[0] ?? "";
  for (let dot = first.indexOf("."); dot >= 0; dot = first.indexOf(".", dot + 1)) {
    const prefix = first.slice(0, dot + 1);
    if (!names.every((name) => name.startsWith(prefix))) break;
    prefixes.push(prefix);
  }
  return prefixes;
}

/**
 * Counts the expected names under each prefix, whether or not all names have the prefix: a file with two encoders has two.
 */
export function prefixCounts(expected: ReadonlySet<string>, names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      if (!expected.has(name.slice(dot + 1))) continue;
      const prefix = name.slice(0, dot + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  return counts;
}

import { parse } from "@std/yaml";

/** Limits far above the size of a config, at which reading still takes a moment only. */
const [LETTERS, VALUES] = [65_536, 10_000];

/**
 * Reads YAML of a config's size.
 *
 * @throws {SyntaxError} when the text is not YAML, or has more than 65,536 letters or, aliases written out, 10,000 values.
 */
export function parseYaml(text: string): unknown {
  if (text.length > LETTERS) throw new SyntaxError(`${LETTERS} letters at most, current are ${text.length}`);
  const root = parse(text);
  // An alias repeats a value. Lists of two aliases each double it, so that a few lines grow without bound.
  const open = [root];
  for (let count = 1; open.length > 0;) {
    const value = open.pop();
    const inside = typeof value === "object" && value !== null ? Object.values(value) : [];
    count += inside.length;
    if (count > VALUES) {
      throw new SyntaxError(`${VALUES} values at most, current are more: its aliases repeat them`);
    }
    open.push(...inside);
  }
  return root;
}

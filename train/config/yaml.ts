import { parse } from "@std/yaml";
import { shortened } from "./shortened.ts";

/** Limits far above the size of a config, at which reading still takes a moment only. */
const [LETTERS, VALUES, ALIASES, DEEPEST] = [65_536, 10_000, 100, 32];

/** Words on values that are nested too deep for those who walk a config: they call themselves at each level. */
const DEEP = `nested ${DEEPEST} deep at most, current is nested deeper`;

/**
 * Reads YAML of a config's size.
 *
 * @throws {SyntaxError} when the text is not YAML, has more than 65,536 letters, 100 aliases or, aliases written out, 10,000
 * values, or is nested deeper than 32.
 */
export function parseYaml(text: string): unknown {
  if (text.length > LETTERS) throw new SyntaxError(`${LETTERS} letters at most, current are ${text.length}`);
  // Each alias that is merged (`<<: *name`) copies all keys of what it names, while the text is read.
  const aliases = text.match(/(?:^|[\s,:[{-])\*[^\s,\]}]/g)?.length ?? 0;
  if (aliases > ALIASES) throw new SyntaxError(`${ALIASES} aliases at most, current are ${aliases}`);
  const root = parsed(text);
  // An alias repeats a value. Lists of two aliases each double it, so that a few lines grow without bound.
  const open = [{ value: root, depth: 0 }];
  let deepest = 0;
  for (let count = 1; open.length > 0;) {
    const { value, depth } = open.pop()!;
    deepest = Math.max(deepest, depth);
    const inside = typeof value === "object" && value !== null ? Object.values(value) : [];
    count += inside.length;
    if (count > VALUES) {
      throw new SyntaxError(`${VALUES} values at most, current are more: its aliases repeat them`);
    }
    for (const one of inside) open.push({ value: one, depth: depth + 1 });
  }
  if (deepest > DEEPEST) throw new SyntaxError(DEEP);
  return root;
}

/**
 * The value of a text. The reader calls itself at each level, so that a few thousand brackets overflow its stack; it trips
 * over tags such as `!!omap` without a value; and it quotes names whole, behind which it tells the place.
 */
function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError(DEEP);
    if (!(error instanceof SyntaxError)) {
      throw new SyntaxError("values that fit their tags, current has another");
    }
    const { message } = error;
    const cut = shortened(message.replace(/"([^"]{100})[^"]+"/g, '"$1…"'));
    throw cut === message ? error : new SyntaxError(cut);
  }
}

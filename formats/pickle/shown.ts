/** Most entries of a list, and most letters of a text, that a message shows. */
const [ENTRIES, LETTERS] = [8, 60];

/**
 * A value of a file in a few words, for messages. Written out in full, lists that hold one another twice grow without
 * bound: thirty such lists are a thousand million entries.
 *
 * @example
 * ```ts
 * import { shown } from "everyclass/formats";
 * console.log(shown([1, "a", [2, 3]])); // [1, a, a list of 2]
 * ```
 */
export function shown(value: unknown): string {
  if (!Array.isArray(value)) return brief(value);
  const more = value.length > ENTRIES ? `, and ${value.length - ENTRIES} more` : "";
  return `[${value.slice(0, ENTRIES).map(brief).join(", ")}${more}]`;
}

/**
 * A text as it is, any other value in a few words: for keys and names.
 *
 * @example
 * ```ts
 * import { asText } from "everyclass/formats";
 * console.log(asText("conv1.weight"), asText([1, 2])); // conv1.weight [1, 2]
 * ```
 */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : shown(value);
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return value.length > LETTERS ? `${value.slice(0, LETTERS)}…` : value;
  if (value === null || typeof value !== "object") return String(value);
  return value.constructor?.name ?? "an object";
}

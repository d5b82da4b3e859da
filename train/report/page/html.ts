import { escape } from "@std/html";

/** A piece of HTML that may stand in a page as it is. */
export class Markup {
  /** @param text HTML that was made here, with everything from outside escaped. */
  constructor(readonly text: string) {}
}

/** Values that may be put into {@linkcode markup}. */
export type Insert = Markup | string | number | null | Insert[];

/** HTML with every insert escaped, unless the insert is markup; null adds nothing, a list its elements. */
export function markup(strings: TemplateStringsArray, ...inserts: Insert[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + asText(inserts[i - 1]) + string));
}

function asText(insert: Insert): string {
  if (insert === null) return "";
  if (Array.isArray(insert)) return insert.map(asText).join("");
  return insert instanceof Markup ? insert.text : escape(String(insert));
}

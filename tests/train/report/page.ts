// What every report has to be: one file that loads nothing.

import { assert, assertEquals } from "@std/assert";

/**
 * Nothing in the page runs, nothing is loaded, and every id is there once.
 *
 * @param links The files beside the page that it links to, and may; each once or more.
 */
export function assertSelfContained(page: string, links: readonly string[] = []) {
  for (
    const forbidden of [
      /<script/i,
      /<link/i,
      /<img(?! src="data:image\/(png|jpeg);base64,[\w+/=]*" alt="[^"]*">)/i,
      /<iframe/i,
      /@import/i,
      /url\((?!#)/i,
      /https?:/i,
      /\son\w+=/i,
    ]
  ) {
    assertEquals(forbidden.exec(page)?.[0], undefined, String(forbidden));
  }
  // Links lead into the page or to a file beside the page.
  for (const [, target] of page.matchAll(/\bhref="([^"]*)"/g)) {
    assert(/^(#.*|[a-z][\w-]*\.(csv|json|yaml|safetensors))$/.test(target) || links.includes(target), target);
  }
  for (const [, target] of page.matchAll(/\bsrc="([^"]*)"/g)) {
    assert(target.startsWith("data:image/"), target);
  }
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
  assertEquals(ids.length, new Set(ids).size);
  for (const [, id] of page.matchAll(/url\(#([^)]*)\)/g)) assert(ids.includes(id), id);
}

/** The cells of the row of a page's table that begins with this name. */
export function cellsOf(page: string, name: string): string[] {
  const row = page.split("<tr").find((part) => part.includes(`<td>${name}</td>`))!;
  return [...row.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map((match) => match[1]).slice(1);
}

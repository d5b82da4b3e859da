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
      /<img/i,
      /<iframe/i,
      /@import/i,
      /url\((?!#)/i,
      /https?:/i,
      /\son\w+=/i,
    ]
  ) {
    assertEquals(forbidden.exec(page)?.[0], undefined, String(forbidden));
  }
  for (const [, name, target] of page.matchAll(/\b(href|src)="([^"]*)"/g)) {
    assert(target.startsWith("#") || name === "href" && links.includes(target), target);
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

// What every report has to be: one file that loads nothing.

import { assert, assertEquals } from "@std/assert";

/** Nothing in the page runs, nothing is loaded, and every id is there once. */
export function assertSelfContained(page: string) {
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
  for (const [, target] of page.matchAll(/\b(?:href|src)="([^"]*)"/g)) assert(target.startsWith("#"), target);
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
  assertEquals(ids.length, new Set(ids).size);
  for (const [, id] of page.matchAll(/url\(#([^)]*)\)/g)) assert(ids.includes(id), id);
}

/** The cells of the row of a page's table that begins with this name. */
export function cellsOf(page: string, name: string): string[] {
  const row = page.split("<tr").find((part) => part.includes(`<td>${name}</td>`))!;
  return [...row.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map((match) => match[1]).slice(1);
}

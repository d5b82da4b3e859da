import { isAbsolute, relative, resolve, sep } from "node:path";
import { type Markup, markup } from "../report/page/html.ts";

/**
 * Links to a file from a page in a folder, by a relative address: both may be moved together.
 *
 * @param folder Folder of the page. @param file The file; null, and a file on another drive, leave the text alone.
 */
export function linkTo(folder: string, file: string | null, text: string): Markup {
  const path = file === null ? null : relative(resolve(folder), resolve(file));
  if (path === null || isAbsolute(path)) return markup`${text}`;
  const address = path.split(sep).map(encodeURIComponent).join("/");
  return markup`<a href="${address}">${text}</a>`;
}

/** Writes a date to the minute, in UTC, as all pages do. */
export function minuteOf(date: Date): string {
  return date.toISOString().slice(0, 16).replace("T", " ");
}

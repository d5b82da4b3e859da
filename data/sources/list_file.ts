// List files as ImageNet-LT and Places-LT publish them: `relative/path label` a line.
import type { Faults } from "../base/faults.ts";
import { checkListable } from "../base/listable.ts";

/** Paths and labels of the images that a list file names. */
export interface ImageList {
  /** The list file, for messages. */
  file: string;
  /** [count], relative to the folder of the images, without `.` and empty parts. */
  paths: string[];
  /** [count]. */
  labels: Uint32Array;
  /** [count], line numbers from 1. */
  lines: Uint32Array;
}

/** Changes that turn the paths of a list into paths below the folder of the images. */
export interface ListPaths {
  /** A prefix to remove from each path; null: no prefix. */
  strip?: string | null | undefined;
  /** A prefix to put before each path after that; null: no prefix. */
  add?: string | null | undefined;
}

/**
 * Reads a list file. The label is the last word of a line, so paths may hold spaces; a byte order mark, CRLF, blank lines
 * and a last line without a line break are allowed.
 *
 * @param file Path of the list, for messages.
 * @param faults Gets the faults of the list: a line without a label that is a number, a path out of the folder, and so on.
 */
export function parseList(text: string, file: string, { strip, add }: ListPaths, faults: Faults): ImageList {
  const [paths, labels, lines]: [string[], number[], number[]] = [[], [], []];
  const wrong = { line: [] as string[], label: [] as string[], prefix: [] as string[], out: [] as string[] };
  let number = 0;
  for (const raw of text.replace(/^\uFEFF/, "").split("\n")) {
    number++;
    const line = withoutEnd(raw);
    if (line === "") continue;
    const [, whole, label] = /^(.*[^ \t])[ \t]+([^ \t]+)$/s.exec(line) ?? [];
    const place = `line ${number} is ${JSON.stringify(shortened(line))}`;
    if (whole === undefined || !/^[-+]?\d+$/.test(label)) wrong.line.push(place);
    else if (Number(label) < 0 || Number(label) >= 2 ** 31) wrong.label.push(place);
    else {
      const path = placePath(whole, { strip, add });
      if (typeof path === "string") wrong[path].push(place);
      else {
        paths.push(path.path);
        labels.push(Number(label));
        lines.push(number);
      }
    }
  }
  faults.addAll(SyntaxError, "lines of a path and a whole number as its label", wrong.line);
  faults.addAll(RangeError, "labels from 0 to 2147483647", wrong.label);
  faults.addAll(RangeError, `paths that begin with ${JSON.stringify(strip)}, as strip says`, wrong.prefix);
  faults.addAll(RangeError, "paths below the folder of the images, relative and without ..", wrong.out);
  if (lines.length === 0 && Object.values(wrong).every((places) => places.length === 0)) {
    faults.add(SyntaxError, "it takes a line for each image, current file has none");
  }
  return { file, paths, labels: Uint32Array.from(labels), lines: Uint32Array.from(lines) };
}

/** A path of a list below the folder of the images; `"prefix"` and `"out"` where it does not begin so, or leads out. */
export function placePath(whole: string, { strip, add }: ListPaths): { path: string } | "prefix" | "out" {
  if (strip && !whole.startsWith(strip)) return "prefix";
  const path = (add ?? "") + whole.slice(strip?.length ?? 0);
  return CLIMBING.test(path) ? "out" : { path: plain(path) };
}

/**
 * The text of a list file of these images, which source `list` reads back.
 *
 * @param paths Relative, as many as labels.
 * @throws {RangeError} when a line cannot hold a path: one with a line break, or with a space at its end.
 *
 * @example
 * ```ts
 * import { formatList } from "everyclass/data";
 * console.log(formatList(["cats/1.jpg"], Uint32Array.of(3))); // cats/1.jpg 3
 * ```
 */
export function formatList(paths: readonly string[], labels: Uint32Array): string {
  checkListable(paths, "the images");
  return paths.map((path, i) => `${path} ${labels[i]}\n`).join("");
}

/** Paths that are absolute, name no file, or lead up; only Windows takes `\` as a separator. */
const CLIMBING = Deno.build.os === "windows"
  ? /^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|[/\\]$|^\.?$|\0/
  : /^\/|(^|\/)\.\.(\/|$)|\/$|^\.?$|\0/;

/** The path without parts that lead nowhere. */
function plain(path: string): string {
  return /(^|\/)\.?(\/|$)/.test(path)
    ? path.split("/").filter((part) => part !== "" && part !== ".").join("/")
    : path;
}

/** A line without the spaces at its end; a regular expression takes the square of the spaces amid a line. */
function withoutEnd(line: string): string {
  let end = line.length;
  while (end > 0 && " \t\r".includes(line[end - 1])) end--;
  return line.slice(0, end);
}

function shortened(line: string): string {
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

import { extname, isAbsolute, resolve } from "node:path";
import { counted, plural } from "../progress/count.ts";
import { patternBase } from "./glob.ts";
import { plain } from "./records.ts";

/** Form of a word of a command line that names images. */
export type WordKind = "file" | "folder" | "list" | "pattern" | "missing";

/** Numbers of files by their endings. */
export type Endings = Map<string, number>;

/** Most words, and most endings, that are told one by one. */
const [MOST_WORDS, MOST_ENDINGS] = [3, 5];

/** Says what there is in place of the images that a word names. @param others Files there that no image is called like. */
export async function nothingWords(
  word: string,
  kind: WordKind,
  folder: string,
  others: Endings,
): Promise<string> {
  const name = plain(word);
  const seen = isAbsolute(word) ? "" : `, seen from ${plain(folder)}`;
  if (kind === "missing") return `${name} is not there${seen}`;
  if (kind === "list") return `${name} has no line`;
  if (kind === "folder") return `${name} has ${filesText(others)}`;
  if (others.size > 0) return `${name} matches ${filesText(others)}`;
  const base = patternBase(word);
  return `${name} matches no image: ${plain(base || ".")} ${await presenceOf(resolve(folder, base))}${seen}`;
}

/** The error for words that name no image. @param nothing Says what there is instead of each. */
export function nothingToPredict(nothing: readonly string[]): Error {
  const more = nothing.length - MOST_WORDS;
  const shown = nothing.slice(0, MOST_WORDS).concat(more > 0 ? `and ${counted(more)} more` : []);
  return new Error(
    "Cannot predict: it takes images, folders and lists of them, or patterns in quotes that match some, current " +
      shown.join("; "),
  );
}

/** Counts a file by its ending. */
export function countEnding(endings: Endings, name: string): void {
  const ending = extname(name).toLowerCase();
  endings.set(ending, (endings.get(ending) ?? 0) + 1);
}

/** Writes numbers of files by their endings, the most files first: `10 .md, 2 without an ending`. */
export function endingsText(endings: Endings): string {
  const kinds = [...endings].sort(([one, a], [other, b]) => b - a || ((one || "~") < (other || "~") ? -1 : 1))
    .map(([ending, n]) => `${counted(n)} ${plain(ending) || "without an ending"}`);
  const more = kinds.length - MOST_ENDINGS;
  return kinds.slice(0, MOST_ENDINGS).join(", ") + (more > 0 ? ` and ${plural(more, "other kind")}` : "");
}

/** Number of files of all endings. */
export function filesOf(endings: Endings): number {
  return endings.values().reduce((sum, n) => sum + n, 0);
}

function filesText(endings: Endings): string {
  const count = filesOf(endings);
  if (count === 0) return "no files";
  return `${plural(count, "file")} that no image is called like (${endingsText(endings)})`;
}

/** Says what a folder has: `has 3 folders and 12 files (12 .png)`. */
async function presenceOf(path: string): Promise<string> {
  const endings: Endings = new Map();
  let folders = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (name.startsWith(".")) continue;
      if (isDirectory) folders++;
      else countEnding(endings, name);
    }
  } catch (error) {
    return isAbsent(error) ? "is not there" : "cannot be read";
  }
  const files = filesOf(endings);
  const there = [
    ...folders > 0 ? [plural(folders, "folder")] : [],
    ...files > 0 ? [`${plural(files, "file")} (${endingsText(endings)})`] : [],
  ];
  return `has ${there.join(" and ") || "no files"}`;
}

/** Tells whether an error says that there is no such file, in difference to one that cannot be looked at. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

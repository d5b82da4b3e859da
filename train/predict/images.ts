import { dirname, extname, join, resolve } from "node:path";
import { IMAGE_ENDINGS } from "../../data/mod.ts";
import { plural } from "../progress/count.ts";
import { isPattern, matching } from "./glob.ts";
import {
  countEnding,
  type Endings,
  endingsText,
  filesOf,
  isAbsent,
  nothingWords,
  type WordKind,
} from "./nothing.ts";

/** An image to predict. */
export interface NamedFile {
  /** Its absolute path. */
  path: string;
  /** Its path as the user would write it. */
  name: string;
}

/** Images that a command line names. */
export interface Found {
  images: NamedFile[];
  /** Tells how many files of a folder are not called like images, by their endings. */
  leftOut: Endings;
  /** Says what there is instead, for each word that names no image. */
  nothing: string[];
}

/** Endings of files in a folder that are taken for images; HEIC is one of them, which is then refused by name. */
const ENDINGS: ReadonlySet<string> = new Set([...IMAGE_ENDINGS, ".heic", ".heif"]);

/** Endings of lists of images. */
export const LISTS = [".txt", ".lst"];

/** Folders that programs leave beside a user's own. */
const LEFT_BY_PROGRAMS = ["__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found"];

/**
 * Finds the images that words of a command line name: files, folders (with all in them), glob patterns, and lists, a path
 * a line with or without a label, relative to the list. In the order of the words; folders and patterns sorted by code unit.
 *
 * @param folder The folder that relative paths are meant from.
 * @throws {Error} when a list or a folder cannot be read.
 */
export async function findImages(words: readonly string[], folder: string): Promise<Found> {
  const found: Found = { images: [], leftOut: new Map(), nothing: [] };
  for (const word of words) {
    const part: Part = { images: [], leftOut: new Map() };
    const kind = await add(word, folder, part);
    if (part.images.length === 0) found.nothing.push(await nothingWords(word, kind, folder, part.leftOut));
    for (const image of part.images) found.images.push(image);
    for (const [ending, count] of part.leftOut) {
      found.leftOut.set(ending, (found.leftOut.get(ending) ?? 0) + count);
    }
  }
  return found;
}

/** The images that one word names. */
type Part = Omit<Found, "nothing">;

async function add(name: string, folder: string, found: Part): Promise<WordKind> {
  const path = resolve(folder, name);
  const info = await Deno.stat(path).catch((error) => isAbsent(error) ? "missing" : null);
  if (info !== null && info !== "missing") {
    if (info.isDirectory) {
      await addFolder(path, name, found, new Set());
      return "folder";
    }
    if (info.isFile && LISTS.includes(extname(path).toLowerCase())) {
      await addList(path, name, found);
      return "list";
    }
  } else if (isPattern(name)) {
    for (const match of await matching(name, folder)) {
      const target = resolve(folder, match);
      const isFolder = (await Deno.stat(target).catch(() => null))?.isDirectory;
      if (isFolder) await addFolder(target, match, found, new Set());
      else take(target, match, found);
    }
    return "pattern";
  } else if (info === "missing") return "missing";
  found.images.push({ path, name }); // whoever decodes it tells what is wrong
  return "file";
}

async function addFolder(path: string, name: string, found: Part, seen: Set<string>): Promise<void> {
  const real = await Deno.realPath(path);
  if (seen.has(real)) return; // a link that leads round
  seen.add(real);
  const entries = (await Array.fromAsync(Deno.readDir(path)))
    .filter((entry) => !entry.name.startsWith(".") && !LEFT_BY_PROGRAMS.includes(entry.name))
    .sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const [inner, called] = [join(path, entry.name), join(name, entry.name)];
    const isFolder = entry.isDirectory ||
      entry.isSymlink && (await Deno.stat(inner).catch(() => null))?.isDirectory;
    if (isFolder) await addFolder(inner, called, found, seen);
    else take(inner, called, found);
  }
}

/** Takes a file that is called like an image. */
function take(path: string, name: string, { images, leftOut }: Part): void {
  if (ENDINGS.has(extname(name).toLowerCase())) images.push({ path, name });
  else countEnding(leftOut, name);
}

/** Takes the images of a list, whose labels are not asked for. */
async function addList(path: string, name: string, { images }: Part): Promise<void> {
  const text = await Deno.readTextFile(path);
  const [from, called] = [dirname(path), dirname(name)];
  for (const line of imagesOfList(text)) {
    images.push({ path: resolve(from, line), name: called === "." ? line : join(called, line) });
  }
}

/** The paths in a list of images, as written: a path a line, with or without a label. */
export function imagesOfList(text: string): string[] {
  return text.replace(/^\uFEFF/, "").split("\n")
    .map((raw) => raw.trim().replace(/(\.\w+)[ \t]+\d+$/, "$1")).filter((line) => line !== "");
}

/** Writes how many files were left out, in words; null for none. */
export function leftOutWords({ leftOut }: Pick<Found, "leftOut">): string | null {
  const count = filesOf(leftOut);
  return count === 0
    ? null
    : `Left out ${plural(count, "file")} that no image is called like: ${endingsText(leftOut)}`;
}

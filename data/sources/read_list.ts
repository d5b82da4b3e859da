// A list of any kind, and the files that it names.
import { basename } from "node:path";
import { MissingDataError } from "../base/errors.ts";
import { Faults } from "../base/faults.ts";
import { join, kindOf } from "../base/files.ts";
import type { LabelledFiles } from "../containers/encoded.ts";
import { findFiles } from "../containers/image_files.ts";
import type { LoadOptions } from "../images/dataset.ts";
import { parseAnnotations } from "./annotations.ts";
import { hasImageEnding, IMAGE_ENDINGS, subfolders } from "./folder_scan.ts";
import { isTable, parseTable, type TextList } from "./label_table.ts";
import { parseList } from "./list_file.ts";

/** A list with its image files and its faults. */
export interface CheckedList {
  /** [count], relative. */
  paths: readonly string[];
  /** Words for the i-th image's place in the list. */
  place(i: number): string;
  /** Labels of 0 where `texts` has them in words. */
  images: LabelledFiles & { labels: Uint32Array };
  /** The labels of a table or annotations; null: labels are numbers. */
  texts: TextList | null;
  /** Faults found so far. */
  faults: Faults;
}

/** Reads a list of any kind, finds the files it names and gathers its faults. */
export async function readList(file: string, root: string, options: LoadOptions): Promise<CheckedList> {
  const faults = new Faults(`the list ${file}`);
  const text = await readText(file, "list", root);
  const tell = (message: string) => options.onProgress?.(message);
  const texts = /\.json$/i.test(file)
    ? parseAnnotations(text, options, faults, tell)
    : isTable(text, file)
    ? await parseTable(text, basename(file), options, faults)
    : null;
  const { paths, labels, place, written } = texts
    ? ofTexts({ ...texts, paths: located(root, texts.paths, tell) })
    : ofNumbers(text, file, options, faults);
  const files = findFiles(root, paths, (i) => `${place(i)}: ${paths[i]}`, faults, options.links === "follow");
  const first = new Map<string, number>();
  const [again, otherwise]: [string[], string[]] = [[], []];
  files.forEach((path, i) => {
    const j = first.get(path);
    if (j === undefined) first.set(path, i);
    else if (written(i) === written(j)) again.push(`${place(i)} repeats ${place(j)}: ${paths[i]}`);
    else {
      otherwise.push(
        `${place(i)} gives ${paths[i]} the label ${written(i)}, and ${place(j)} the label ${written(j)}`,
      );
    }
  });
  faults.addAll(RangeError, "one label for an image", otherwise);
  faults.addAll(RangeError, "every image once", again);
  return { paths, place, images: { files, labels }, texts, faults };
}

function ofNumbers(text: string, file: string, options: LoadOptions, faults: Faults) {
  const { paths, labels, lines } = parseList(text, file, options, faults);
  return {
    paths,
    labels,
    place: (i: number) => `line ${lines[i]}`,
    written: (i: number): number | string => labels[i],
  };
}

function ofTexts({ paths, texts, places }: TextList) {
  return {
    paths,
    labels: new Uint32Array(paths.length),
    place: (i: number) => places[i],
    written: (i: number): number | string => texts[i],
  };
}

/**
 * The paths as they are on disk: tables often have names alone, without the ending or without the folder that all images
 * are in.
 */
function located(root: string, paths: string[], tell: (message: string) => void): string[] {
  const [sample] = paths;
  if (sample === undefined) return paths;
  const endings = hasImageEnding(sample) ? [""] : ["", ...IMAGE_ENDINGS];
  for (const folder of ["", ...subfolders(root).map((name) => `${name}/`)]) {
    for (const ending of endings) {
      if (!isFile(join(root, `${folder}${sample}${ending}`))) continue;
      if (folder === "" && ending === "") return paths;
      tell(`Looking for ${sample} and the others as ${folder}${sample}${ending}`);
      return paths.map((path) => `${folder}${path}${hasImageEnding(path) ? "" : ending}`);
    }
  }
  return paths;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Reads a text file that the user names.
 *
 * @param root Folder of the images; a file that is missing may be meant from there.
 * @throws {MissingDataError} when the file is missing or is a folder.
 */
export async function readText(file: string, what: string, root: string): Promise<string> {
  const kind = await kindOf(file);
  if (kind === "file") return Deno.readTextFile(file);
  const below = kind === null && namesakeIn(root, file);
  const current = kind === "folder"
    ? "a folder: a folder of images a class is read by source folder"
    : `not there${
      below ? `, but ${below} is: give that path, as it is not sought in the folder of the images` : ""
    }`;
  throw new MissingDataError(`Cannot read the ${what} ${file}: it takes a text file, current is ${current}`);
}

/** A file in a folder that is called like another, with as many of its folders as there are; null without one. */
function namesakeIn(root: string, file: string): string | null {
  const parts = file.split(/[\\/]/).filter((part) => part !== "");
  const called = parts.map((_, i) => join(root, parts.slice(i).join("/")));
  return called.find(isFile) ?? null;
}

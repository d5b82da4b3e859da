import { dirname, extname, resolve } from "node:path";
import { isPattern, patternBase } from "../../predict/glob.ts";
import { imagesOfList, LISTS } from "../../predict/images.ts";
import { fromStanding, standingFolder } from "../../flags/standing.ts";
import { exists, isFolder } from "./places.ts";

/** Most images of a list that are allowed one by one; of a longer list their folders are. */
const MOST_FILES = 200;

/** The files and folders that operands of a command name: runs, or images by their files, folders, patterns and lists. */
export function operandPaths(name: string, operands: readonly string[]): string[] {
  return operands.flatMap((word) => name === "predict" ? imagePaths(word) : [fromStanding(word)]);
}

function imagePaths(word: string): string[] {
  const path = resolve(standingFolder(), word);
  if (!exists(path)) return isPattern(word) ? [path, folderOf(word)] : [path];
  if (isFolder(path) || !LISTS.includes(extname(path).toLowerCase())) return [path];
  const files = listed(path);
  return [path, ...files.length > MOST_FILES ? new Set(files.map((file) => dirname(file))) : files];
}

/** The folder that a pattern begins in. */
function folderOf(pattern: string): string {
  return resolve(standingFolder(), patternBase(pattern));
}

function listed(list: string): string[] {
  try {
    return imagesOfList(Deno.readTextFileSync(list)).map((line) => resolve(dirname(list), line));
  } catch {
    return []; // the program tells of a list that cannot be read
  }
}

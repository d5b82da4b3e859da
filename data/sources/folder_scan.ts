import { extname } from "node:path";
import { MissingDataError } from "../base/errors.ts";
import { Faults, firstOf } from "../base/faults.ts";
import { join } from "../base/files.ts";
import { isBelow, realPath } from "../containers/image_files.ts";

/** Endings of files that are taken for images, in lower case. */
const IMAGES = new Set("jpg jpeg png webp gif bmp tif tiff avif".split(" ").map((ending) => `.${ending}`));

/** Folders that programs leave beside a user's own: of zip files from macOS, network drives, bins and notebooks. */
const LEFT_BY_PROGRAMS = new Set(
  "__MACOSX @eaDir #recycle $RECYCLE.BIN lost+found __pycache__".split(" ").concat(
    "System Volume Information",
  ),
);

/** The images of a folder that has a folder for each class. */
export interface Scan {
  /** [classes], sorted by code unit. */
  classNames: string[];
  /** [classes], for each the absolute paths of its images, sorted by code unit. */
  files: string[][];
}

/**
 * Names of a folder's folders, with symbolic links to some, without hidden ones and what programs leave; by
 * code unit.
 */
export function subfolders(folder: string): string[] {
  return entriesOf(folder).filter(({ name, isDirectory, isSymlink }) =>
    isDirectory || (isSymlink && isFolder(join(folder, name)))
  ).map(({ name }) => name);
}

/**
 * The classes of a folder and their images, which may lie in further folders to any depth.
 *
 * @param root A folder that no symbolic link may lead out of; its path has no links. @param folder `root` or a folder in it.
 * @param onProgress Called with a message about files that are left out.
 * @throws {MissingDataError} when there is no folder of a class, or a link leads nowhere.
 * @throws {RangeError} when a class has no image, or a link leads out of `root` or to a folder that is looked into anyway.
 */
export function scanClasses(root: string, folder: string, onProgress?: (message: string) => void): Scan {
  const faults = new Faults(`the images of ${folder}`);
  const walk = new Walk(root);
  walk.enter(folder, ".");
  const classNames = subfolders(folder);
  const files = classNames.map((name) => walk.tree(join(folder, name), name, []).sort(byCodeUnit));
  const beside = entriesOf(folder).filter(({ name, isFile }) => isFile && isImage(name)).length;
  if (classNames.length === 0) {
    const current = `${beside === 0 ? "no images" : plural(beside, "image")} and no folder`;
    faults.add(MissingDataError, `it takes a folder of images for each class, current are ${current}`);
  }
  const { links, dead, names } = walk.wrong;
  faults.addAll(RangeError, `symbolic links that stay below ${root}`, links);
  faults.addAll(RangeError, "names in UTF-8 without line breaks", names);
  faults.addAll(MissingDataError, "symbolic links to what is there", dead, "lead nowhere: ");
  if (faults.count === 0) {
    const empty = classNames.filter((_, label) => files[label].length === 0);
    faults.addAll(RangeError, "one image or more in the folder of each class", empty, "have none: ");
  }
  Faults.throwAny(faults);
  if (beside > 0) {
    onProgress?.(`Left out ${plural(beside, "image")} that lie in ${folder}, in no class's folder`);
  }
  const others = walk.others.values().reduce((sum, count) => sum + count, 0);
  if (others > 0) {
    const kinds = Array.from(walk.others).sort(([, a], [, b]) => b - a).map(([kind, n]) => `${n} ${kind}`);
    onProgress?.(
      `Left out ${plural(others, "file")} in ${folder} that no image is called like: ${firstOf(kinds, 5)}`,
    );
  }
  return { classNames, files };
}

/** A walk over folders that enters each folder once. */
class Walk {
  /** Number of files of each ending that are not images. */
  readonly others = new Map<string, number>();
  /** Symbolic links that lead to a forbidden place, links that lead nowhere, and names that a list file cannot hold. */
  readonly wrong = { links: [] as string[], dead: [] as string[], names: [] as string[] };
  /** Names of the entered folders by their real paths. */
  readonly #seen = new Map<string, string>();

  constructor(private readonly root: string) {}

  /** Marks a folder as entered; false when it must not be entered. @param name Its name in messages. */
  enter(folder: string, name: string): boolean {
    const real = this.#follow(folder, name);
    const earlier = real === null ? undefined : this.#seen.get(real);
    if (earlier !== undefined) {
      const where = earlier === "." ? "the folder itself" : earlier;
      this.wrong.links.push(`${name} leads to ${where}, where images are looked for`);
    }
    if (real === null || earlier !== undefined) return false;
    this.#seen.set(real, name);
    return true;
  }

  /** Adds the paths of all images below a folder. */
  tree(folder: string, name: string, files: string[]): string[] {
    if (!this.enter(folder, name)) return files;
    for (const entry of entriesOf(folder)) {
      const [path, called] = [join(folder, entry.name), `${name}/${entry.name}`];
      if (entry.isDirectory || (entry.isSymlink && isFolder(path))) this.tree(path, called, files);
      else if (!isImage(entry.name)) {
        const ending = extname(entry.name) || "without an ending";
        this.others.set(ending, (this.others.get(ending) ?? 0) + 1);
      } else if (called.includes("\n") || (called.includes("\uFFFD") && realPath(path) === null)) {
        this.wrong.names.push(JSON.stringify(called)); // bytes that are not UTF-8 are read as U+FFFD
      } else if (entry.isFile || this.#follow(path, called) !== null) files.push(path);
    }
    return files;
  }

  /** The path without symbolic links; null where a link must not be followed. */
  #follow(path: string, name: string): string | null {
    const real = realPath(path);
    if (real === null) this.wrong.dead.push(name);
    else if (real === "loop") this.wrong.links.push(`${name} leads round in a loop`);
    else if (!isBelow(this.root, real)) this.wrong.links.push(`${name} leads out, to ${real}`);
    else return real;
    return null;
  }
}

function entriesOf(folder: string): Deno.DirEntry[] {
  return Array.from(Deno.readDirSync(folder))
    .filter(({ name }) => !name.startsWith(".") && !LEFT_BY_PROGRAMS.has(name))
    .sort((a, b) => byCodeUnit(a.name, b.name));
}

function isImage(name: string): boolean {
  return IMAGES.has(extname(name).toLowerCase());
}

/** Tells whether a symbolic link leads to a folder. A link in a loop counts as a folder, so that it is reported. */
function isFolder(link: string): boolean {
  try {
    return Deno.statSync(link).isDirectory;
  } catch (error) {
    return error instanceof Deno.errors.FilesystemLoop;
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

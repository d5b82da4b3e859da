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

/** Names of a folder's folders, with symbolic links to some, without hidden ones and what programs leave; by code unit. */
export function subfolders(folder: string): string[] {
  return entriesOf(folder).filter(({ name, isDirectory, isSymlink }) =>
    isDirectory || (isSymlink && isFolder(join(folder, name)))
  ).map(({ name }) => name);
}

/**
 * The classes of a folder and their images, which may lie in further folders to any depth.
 *
 * @param root A folder without symbolic links, which none may lead out of. @param folder It, or one below it.
 * @param onProgress Hears of files that are left out.
 * @throws {MissingDataError} when there is no folder in it, or a link leads nowhere.
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

/** A walk over folders that goes into each once. */
class Walk {
  /** How many files that are no images have each ending. */
  readonly others = new Map<string, number>();
  /** Symbolic links that lead to where they must not, those that lead nowhere, and names that no list can hold. */
  readonly wrong = { links: [] as string[], dead: [] as string[], names: [] as string[] };
  /** Real paths of the folders gone into, and what they are called. */
  readonly #seen = new Map<string, string>();

  constructor(private readonly root: string) {}

  /** Goes into a folder, if it may. @param name What it is called, for messages. */
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
        this.wrong.names.push(JSON.stringify(called)); // what is no UTF-8 is read as this letter
      } else if (entry.isFile || this.#follow(path, called) !== null) files.push(path);
    }
    return files;
  }

  /** Where a path really is, or null where it may not be used. */
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

/** Whether a symbolic link leads to a folder; one that leads round counts as one, so that it is told of. */
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

import { extname } from "node:path";
import { plural } from "../base/count.ts";
import { MissingDataError } from "../base/errors.ts";
import { Faults, firstOf } from "../base/faults.ts";
import { join } from "../base/files.ts";
import { HEIC_ADVICE } from "../decode/mod.ts";
import type { LoadOptions } from "../images/dataset.ts";
import { isBelow, realPath } from "../containers/image_files.ts";

/** Endings of files that are taken for images, in lower case. */
export const IMAGE_ENDINGS: ReadonlySet<string> = new Set(
  "jpg jpeg jpe jfif png webp gif bmp dib tif tiff avif ppm pgm pbm pnm".split(" ").map((ending) =>
    `.${ending}`
  ),
);

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

/** Number of images that lie in a folder itself. */
export function imagesBeside(folder: string): number {
  return entriesOf(folder).filter(({ name, isFile }) => isFile && hasImageEnding(name)).length;
}

/** Options of {@linkcode scanClasses}. */
export interface ScanOptions extends Pick<LoadOptions, "links" | "emptyClasses" | "onProgress"> {
  /** Classes may be without images, as those of a test split may; they are left out. */
  mayLack?: boolean;
}

/**
 * The classes of a folder and their images, which may lie in further folders to any depth.
 *
 * @param root A folder that no symbolic link may lead out of unless `links` is `follow`; its path has no links.
 * @param folder `root` or a folder in it.
 * @param options `onProgress` is called with a message about files and classes that are left out.
 * @throws {MissingDataError} when there is no folder of a class, or a link leads nowhere.
 * @throws {RangeError} when a class has no image, or a link leads out of `root` or to a folder that is looked into anyway.
 */
export function scanClasses(root: string, folder: string, options: ScanOptions = {}): Scan {
  const { links = "refuse", emptyClasses = "refuse", mayLack = false, onProgress } = options;
  const faults = new Faults(`the images of ${folder}`);
  const walk = new Walk(links === "follow" ? null : root);
  walk.enter(folder, ".");
  let classNames = subfolders(folder);
  let files = classNames.map((name) => walk.tree(join(folder, name), name, []).sort(byCodeUnit));
  const beside = imagesBeside(folder);
  if (classNames.length === 0) {
    const current = `${beside === 0 ? "no images" : plural(beside, "image")} and no folder`;
    faults.add(MissingDataError, `it takes a folder of images for each class, current are ${current}`);
  }
  const { out, links: round, dead, names, special, heic } = walk.wrong;
  faults.addAll(RangeError, "images that can be decoded", heic, `are HEIC (${HEIC_ADVICE}): `);
  faults.addAll(RangeError, `symbolic links that stay below ${root}, unless data.links is follow`, out);
  faults.addAll(RangeError, "symbolic links to what is not looked into anyway", round);
  faults.addAll(RangeError, "files that can be read whole", special, "are pipes or devices: ");
  faults.addAll(RangeError, "names in UTF-8 without line breaks", names);
  faults.addAll(MissingDataError, "symbolic links to what is there", dead, "lead nowhere: ");
  if (faults.count === 0) {
    const empty = classNames.filter((_, label) => files[label].length === 0);
    if (!mayLack && emptyClasses === "refuse") {
      const takes = "one image or more in the folder of each class, unless data.emptyClasses is drop";
      faults.addAll(RangeError, takes, empty, "have none: ");
    } else if (!mayLack && empty.length > 0) {
      onProgress?.(
        `Left out ${plural(empty.length, "class", "classes")} without images: ${firstOf(empty, 10)}`,
      );
    }
  }
  Faults.throwAny(faults);
  classNames = classNames.filter((_, label) => files[label].length > 0);
  files = files.filter((paths) => paths.length > 0);
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
  /**
   * Symbolic links that lead out, to folders that are entered anyway (`links`) and nowhere, names that a list file cannot
   * hold, and names of images that are pipes, devices or HEIC files.
   */
  readonly wrong: Record<"out" | "links" | "dead" | "names" | "special" | "heic", string[]> = {
    out: [],
    links: [],
    dead: [],
    names: [],
    special: [],
    heic: [],
  };
  /** Names of the entered folders by their real paths. */
  readonly #seen = new Map<string, string>();

  /** @param root No symbolic link may lead out of it; null: they may lead anywhere. */
  constructor(private readonly root: string | null) {}

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
      else if (/\.hei[cf]$/i.test(entry.name)) this.wrong.heic.push(called);
      else if (!hasImageEnding(entry.name)) {
        const ending = extname(entry.name) || "without an ending";
        this.others.set(ending, (this.others.get(ending) ?? 0) + 1);
      } else if (called.includes("\n") || (called.includes("\uFFFD") && realPath(path) === null)) {
        this.wrong.names.push(JSON.stringify(called)); // bytes that are not UTF-8 are read as U+FFFD
      } else if (entry.isFile) files.push(path);
      else {
        const real = this.#follow(path, called);
        if (real !== null && !Deno.statSync(real).isFile) this.wrong.special.push(called);
        else if (real !== null) files.push(path);
      }
    }
    return files;
  }

  /** The path without symbolic links; null where a link must not be followed. */
  #follow(path: string, name: string): string | null {
    const real = realPath(path);
    if (real === null) this.wrong.dead.push(name);
    else if (real === "loop") this.wrong.links.push(`${name} leads round in a loop`);
    else if (this.root !== null && !isBelow(this.root, real)) {
      this.wrong.out.push(`${name === "." ? "the folder itself" : name} leads out, to ${real}`);
    } else return real;
    return null;
  }
}

function entriesOf(folder: string): Deno.DirEntry[] {
  return Array.from(Deno.readDirSync(folder))
    .filter(({ name }) => !name.startsWith(".") && !LEFT_BY_PROGRAMS.has(name))
    .sort((a, b) => byCodeUnit(a.name, b.name));
}

/** True for a name that ends like an image's. */
export function hasImageEnding(name: string): boolean {
  return IMAGE_ENDINGS.has(extname(name).toLowerCase());
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

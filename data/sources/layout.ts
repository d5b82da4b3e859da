// Which folders below a folder are splits, such as train and test, and which are classes.
import { MissingDataError } from "../base/errors.ts";
import { firstOf } from "../base/faults.ts";
import { join } from "../base/files.ts";
import { isBelow, realFolder } from "../containers/image_files.ts";
import type { LoadOptions } from "../images/dataset.ts";
import { imagesBeside, subfolders } from "./folder_scan.ts";
import { areAlike, exactParts, type Parts, partsByRole, rolesOf, sharedNames } from "./split_names.ts";

/** The folders of classes of each split, absolute. */
export interface Layout {
  train: string;
  /** Null: a share of each class's training images is set aside. */
  test: string | null;
  /** Images of neither; null where there are none. */
  validation: string | null;
}

type Options = Pick<LoadOptions, "train" | "test" | "validation" | "links" | "onProgress"> & {
  /** The folder as it was named. */
  dir: string;
};

/** Folders that hold nothing but one folder are gone through, up to so many. */
const DEEPEST = 3;

/**
 * The splits of a folder, by the names of its folders and by what is in them, or by `data.train`, `data.validation` and
 * `data.test` where these are given.
 *
 * @param root Without symbolic links.
 * @throws {RangeError} when the folders may be splits as well as classes.
 */
export function layoutOf(root: string, options: Options): Layout {
  const { train, test, validation } = options;
  if (train || test || validation) return namedLayout(root, options);
  const inner = innermost(root);
  if (inner !== root) options.onProgress?.(`Looking into ${inner}, all that is in ${root}`);
  return foundLayout(inner, options);
}

/** The layout that the options name. */
function namedLayout(root: string, { dir, train, test, validation, links }: Options): Layout {
  const folder = (path: string | null | undefined, key: string) => {
    if (!path) return null;
    const real = realFolder(path, `the images of data.${key}`);
    if (isBelow(root, real)) return real;
    // By a symbolic link it may lead out, but the lists of a run name all images from the folder on.
    if (links === "follow" && isBelow(dir, path)) return join(root, path.slice(join(dir, "").length));
    throw new RangeError(
      `Cannot use data.${key}: it takes a folder below data.dir, ${root}, current is ${real}`,
    );
  };
  if (!train) {
    throw new MissingDataError(
      "Cannot tell which images are for training: it takes data.train beside data.test and data.validation, " +
        "current is none: name the folder of the training images' classes",
    );
  }
  return {
    train: folder(train, "train")!,
    test: folder(test, "test"),
    validation: folder(validation, "validation"),
  };
}

/** The folder itself or, where it holds nothing but one folder and that one splits or classes, that one; and so on. */
function innermost(root: string): string {
  let folder = root;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const [only, ...others] = foldersIn(folder);
    if (only === undefined || others.length > 0 || rolesOf([only])[0].role !== null) break;
    folder = join(folder, only);
    if (imagesBeside(folder) > 0) break;
    if (foldersIn(folder).length > 1) return folder;
  }
  // The way may end at a lone folder of training images, else it leads nowhere.
  return rolesOf(foldersIn(folder)).some(({ role }) => role === "train") ? folder : root;
}

function foundLayout(root: string, { onProgress }: Options): Layout {
  const names = subfolders(root);
  const place = (name: string) => join(root, name);
  const exact = exactParts(names);
  if (exact) {
    const { train, others } = exact;
    if (foldersIn(place(train)).length === 0 && others.length > 0) throw unclear(root, names);
    const [test = null, validation = null] = others.filter((name) => foldersIn(place(name)).length > 0);
    if (others.length > 0 && test === null) {
      onProgress?.(`Left out ${others.join(" and ")} in ${root}: no folders of classes are in there`);
    }
    return layoutIn(root, { train, test, validation });
  }
  const looked = new Map<string, readonly string[]>();
  const classesIn = (name: string): readonly string[] => {
    if (!looked.has(name)) looked.set(name, classFolders(place(name)));
    return looked.get(name)!;
  };
  const parts = partsByRole(names, classesIn);
  if (parts === "unclear") throw unclear(root, names);
  if (parts !== null) {
    const others = names.filter((name) => !Object.values(parts).includes(name));
    if (others.length > 0) {
      onProgress?.(`Left out ${firstOf(others)} in ${root}: ${parts.train} has the images to train with`);
    }
    return layoutIn(root, parts);
  }
  if (areAlike(names, classesIn)) {
    onProgress?.(
      `All folders of ${root} have folders of the same names (${firstOf(classesIn(names[0]))}): ${
        firstOf(names)
      } ` +
        "are taken for classes; if they are splits, name them by data.train and data.test",
    );
  }
  return { train: root, test: null, validation: null };
}

function layoutIn(root: string, parts: Parts): Layout {
  const train = unwrapped(join(root, parts.train));
  const place = (name: string | null) => name === null ? null : unwrapped(join(root, name), train);
  return { train, test: place(parts.test), validation: place(parts.validation) };
}

/** Names of a folder's folders; none where it cannot be looked into, which whoever looks for images tells. */
function foldersIn(folder: string): string[] {
  try {
    return subfolders(folder);
  } catch {
    return [];
  }
}

/** Names of the classes in a split's folder. */
function classFolders(split: string): string[] {
  return foldersIn(unwrapped(split));
}

/** A split's folder or, where one further folder is around its classes, that one. @param train Whose classes it has. */
function unwrapped(split: string, train?: string): string {
  const [only, ...others] = foldersIn(split);
  if (only === undefined || others.length > 0 || imagesBeside(split) > 0) return split;
  const inside = join(split, only);
  const names = foldersIn(inside);
  if (names.length < 2 || imagesBeside(inside) > 0) return split;
  if (train === undefined) return inside;
  const classes = foldersIn(train);
  return !classes.includes(only) && sharedNames(classes, names) ? inside : split;
}

function unclear(root: string, names: readonly string[]): RangeError {
  const lists = Array.from(Deno.readDirSync(root))
    .filter(({ name, isFile }) => isFile && /\.(csv|tsv)$/i.test(name)).map(({ name }) => name).sort();
  const hint = lists.length > 0 ? `; where ${lists[0]} has the labels, set data.source to list` : "";
  return new RangeError(
    `Cannot tell classes from splits in ${root}: it takes folders of classes, or splits with folders of the same classes, ` +
      `current are ${
        firstOf(names, 5)
      }: set data.train to the folder of the training images' classes (${root} itself ` +
      `where these are the classes), and data.test to that of the test images where there is one${hint}`,
  );
}

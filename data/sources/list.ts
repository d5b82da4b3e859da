import { basename, extname } from "node:path";
import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { encodedDataset, type LabelledFiles } from "../containers/encoded.ts";
import { MissingDataError } from "../base/errors.ts";
import { Faults } from "../base/faults.ts";
import { join, kindOf } from "../base/files.ts";
import { findFiles, realFolder } from "../containers/image_files.ts";
import type { EncodedImages } from "../images/image_set.ts";
import { type ImageList, parseList } from "./list_file.ts";

/**
 * Images that list files name, `relative/path label` a line as ImageNet-LT and Places-LT publish them.
 *
 * Checks before any image is read: every file exists below the folder, the labels go from 0 on without a gap, and no path
 * comes twice. One error lists the faults of both lists.
 *
 * @param dir Folder that the paths are relative to.
 * @param options `train` (null: both lists are those in the folder whose names end in `train.txt` and `test.txt`) and
 * `test` (null: a share of the training list), `names`, `strip` and `add`.
 */
export async function loadList(dir: string | null, options: LoadOptions): Promise<Dataset<EncodedImages>> {
  const { onProgress } = options;
  if (dir === null) {
    throw new MissingDataError(
      "Cannot find the images: it takes the folder that the paths of the lists are relative to (data.dir), " +
        "current is none",
    );
  }
  const root = realFolder(dir, "the images");
  const lists = options.train ? { train: options.train, test: null } : listsIn(dir);
  const { train, test } = { ...lists, ...options.test && { test: options.test } };
  onProgress?.(`Reading ${train} and looking for its images in ${root}`);
  const learned = await read(train, root, options);
  const tested = test ? await read(test, root, options) : null;

  const names = options.names ? await readNames(options.names) : null;
  let classes = 0;
  for (const label of learned.list.labels) classes = Math.max(classes, label + 1);
  if (learned.faults.count === 0) checkContiguous(learned, classes);
  if (names && learned.faults.count === 0 && names.length !== classes) {
    const text =
      `it takes as many classes as ${options.names} has names, ${names.length}, current are ${classes}`;
    learned.faults.add(RangeError, text);
  }
  if (tested && learned.faults.count === 0) checkBelow(tested, classes);
  Faults.throwAny(learned.faults, ...tested ? [tested.faults] : []);
  if (tested) tellShared(learned, tested, onProgress);
  return encodedDataset({
    name: basename(train, extname(train)),
    origin: root,
    root,
    classNames: names ?? Array.from({ length: classes }, (_, label) => String(label)),
    numbered: names === null,
    train: learned.images,
    test: tested && tested.images,
  }, options);
}

/**
 * Finds the published lists in the folder of the images. @throws {MissingDataError} when several files may be
 * the list.
 */
function listsIn(dir: string): { train: string; test: string | null } {
  const files = [...Deno.readDirSync(dir)].filter(({ isFile }) => isFile).map(({ name }) => name).sort();
  const [train, test] = ["train", "test"].map((split) =>
    files.filter((name) => new RegExp(`(^|[^a-z])${split}\\.txt$`, "i").test(name))
  );
  if (train.length === 1 && test.length <= 1) {
    return { train: join(dir, train[0]), test: test.length === 1 ? join(dir, test[0]) : null };
  }
  const found = [...train, ...test].join(", ") || "none";
  throw new MissingDataError(
    `Cannot tell the lists of the images: it takes one in ${dir} whose name ends in train.txt, and one at most in ` +
      `test.txt, current are ${found}: name them with data.train and data.test`,
  );
}

/** A list with its image files and its faults. */
interface CheckedList {
  list: ImageList;
  images: LabelledFiles;
  faults: Faults;
}

/** Reads a list, finds the files it names and gathers its faults. */
async function read(file: string, root: string, options: LoadOptions): Promise<CheckedList> {
  const faults = new Faults(`the list ${file}`);
  const list = parseList(await readText(file, "list"), file, options, faults);
  const { paths, labels, lines } = list;
  const files = findFiles(root, paths, (i) => `line ${lines[i]}: ${paths[i]}`, faults);
  const first = new Map<string, number>();
  const [again, otherwise]: [string[], string[]] = [[], []];
  files.forEach((path, i) => {
    const j = first.get(path);
    if (j === undefined) first.set(path, i);
    else if (labels[i] === labels[j]) again.push(`line ${lines[i]} repeats line ${lines[j]}: ${paths[i]}`);
    else {
      otherwise.push(
        `line ${lines[i]} gives ${paths[i]} the label ${labels[i]}, and line ${lines[j]} the label ${
          labels[j]
        }`,
      );
    }
  });
  faults.addAll(RangeError, "one label for an image", otherwise);
  faults.addAll(RangeError, "every image once", again);
  return { list, images: { files, labels }, faults };
}

function checkContiguous({ list: { labels }, faults }: CheckedList, classes: number): void {
  const seen = new Set(labels);
  if (seen.size === classes) return;
  const missing: number[] = [];
  for (let label = 0; label < classes && missing.length < 10; label++) {
    if (!seen.has(label)) missing.push(label);
  }
  const more = classes - seen.size - missing.length;
  faults.add(
    RangeError,
    `it takes every label from 0 to the largest, ${classes - 1}, current lack ${missing.join(", ")}` +
      `${more > 0 ? ` and ${more.toLocaleString("en")} more` : ""}`,
  );
}

function checkBelow({ list: { labels, lines, paths }, faults }: CheckedList, classes: number): void {
  const places = paths.flatMap((path, i) =>
    labels[i] < classes ? [] : [`line ${lines[i]}: ${path} ${labels[i]}`]
  );
  faults.addAll(RangeError, `labels from 0 to ${classes - 1}, which the training list has`, places);
}

/** Warns of test images that are training images too; no error, since some lists are made so on purpose. */
function tellShared(train: CheckedList, test: CheckedList, onProgress: LoadOptions["onProgress"]): void {
  const seen = new Set(train.images.files);
  const shared = test.images.files.filter((file) => seen.has(file)).length;
  if (shared > 0) {
    onProgress?.(
      `${shared.toLocaleString("en")} of the test images are training images too: recalls will be too high`,
    );
  }
}

/** @throws {SyntaxError} when a line is blank. */
async function readNames(file: string): Promise<string[]> {
  const text = await readText(file, "class names");
  const lines = text.replace(/^\uFEFF/, "").split("\n").map((line) => line.trim());
  while (lines.at(-1) === "") lines.pop();
  const blank = lines.indexOf("");
  if (blank < 0) return lines; // names may come twice, as ImageNet's crane does
  throw new SyntaxError(
    `Cannot read the class names ${file}: it takes a name in every line, current line ${blank + 1} is blank`,
  );
}

/** @throws {MissingDataError} when the file is missing or is a folder. */
async function readText(file: string, what: string): Promise<string> {
  const kind = await kindOf(file);
  if (kind === "file") return Deno.readTextFile(file);
  throw new MissingDataError(
    `Cannot read the ${what} ${file}: it takes a text file, current is ${
      kind === "folder" ? "a folder: a folder of images a class is read by source folder" : "not there"
    }`,
  );
}

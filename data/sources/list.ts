import { basename, extname } from "node:path";
import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { encodedDataset } from "../containers/encoded.ts";
import { MissingDataError } from "../base/errors.ts";
import { Faults } from "../base/faults.ts";
import { join } from "../base/files.ts";
import { realFolder } from "../containers/image_files.ts";
import type { EncodedImages } from "../images/image_set.ts";
import { classesOf } from "./labels.ts";
import { type CheckedList, readList, readText } from "./read_list.ts";

/**
 * Images that list files name, `relative/path label` a line as ImageNet-LT and Places-LT publish them; or a table of paths
 * and labels (CSV or TSV, see {@linkcode parseTable}), or annotations as COCO and iNaturalist have them (JSON, see
 * {@linkcode parseAnnotations}), whose labels may be words.
 *
 * Checks before any image is read: every file exists below the folder, the labels go from 0 on without a gap, and no path
 * comes twice. One error lists the faults of all lists.
 *
 * @param dir Folder that the paths are relative to.
 * @param options `train` (null: both lists are those in the folder whose names end in `train.txt` and `test.txt`) and
 * `test` (null: a share of the training list), `validation`, `names`, `strip`, `add`, `pathColumn` and `labelColumn`.
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
  const learned = await readList(train, root, options);
  const tested = test ? await readList(test, root, options) : null;
  const validated = options.validation ? await readList(options.validation, root, options) : null;
  const others = [tested, validated].filter((list) => list !== null);

  const names = options.names ? await readNames(options.names, root) : null;
  const { classNames, numbered } = learned.texts
    ? classesByText(learned, others, names, options)
    : classesByNumber(learned, others, names, options.names);
  Faults.throwAny(learned.faults, ...others.map(({ faults }) => faults));
  if (tested) tellShared(learned, tested, onProgress);
  return encodedDataset({
    name: basename(train, extname(train)),
    origin: root,
    root,
    classNames,
    numbered,
    train: learned.images,
    test: tested && tested.images,
    validation: validated && validated.images,
  }, options);
}

/** Classes of a list whose labels are numbers. */
function classesByNumber(
  learned: CheckedList,
  others: readonly CheckedList[],
  names: string[] | null,
  file?: string | null,
) {
  let classes = 0;
  for (const label of learned.images.labels) classes = Math.max(classes, label + 1);
  if (learned.faults.count === 0) checkContiguous(learned, classes);
  if (names && learned.faults.count === 0 && names.length !== classes) {
    const text = `it takes as many classes as ${file} has names, ${names.length}, current are ${classes}`;
    learned.faults.add(RangeError, text);
  }
  for (const other of others) {
    if (other.texts) {
      other.faults.add(
        SyntaxError,
        "it takes a list of the kind of the training list, current is a table or annotations",
      );
    } else if (learned.faults.count === 0) checkBelow(other, classes);
  }
  // With a gap the largest label may be far above the number of classes.
  const numbers = () =>
    Array.from({ length: learned.faults.count > 0 ? 0 : classes }, (_, label) => String(label));
  return { classNames: names ?? numbers(), numbered: names === null };
}

/** Classes of a table or annotations, and the labels of all lists by them. */
function classesByText(
  learned: CheckedList,
  others: readonly CheckedList[],
  names: string[] | null,
  options: LoadOptions,
): { classNames: string[]; numbered: boolean } {
  if (learned.faults.count > 0) return { classNames: [], numbered: false };
  const { classNames, numbered, labelOf } = classesOf(learned.texts!, names, options, learned.faults);
  if (learned.faults.count > 0) return { classNames, numbered };
  for (const { images, texts, faults, place, paths } of [learned, ...others]) {
    const written = texts?.texts ?? Array.from(images.labels, String);
    const labels = written.map(labelOf);
    const unknown = labels.flatMap((label, i) =>
      label === undefined ? [`${place(i)}: ${paths[i]} ${JSON.stringify(written[i])}`] : []
    );
    faults.addAll(RangeError, "labels that the training list has", unknown);
    images.labels.set(labels.map((label) => label ?? 0));
  }
  return { classNames, numbered };
}

/**
 * Finds the published lists in the folder of the images. @throws {MissingDataError} when several files may be
 * the list.
 */
function listsIn(dir: string): { train: string; test: string | null } {
  const files = [...Deno.readDirSync(dir)].filter(({ isFile }) => isFile).map(({ name }) => name).sort();
  const ending = (split: string, endings: string) =>
    files.filter((name) => new RegExp(`(^|[^a-z])${split}\\.(${endings})$`, "i").test(name));
  const kinds = ["txt", "csv|tsv", "json"];
  const kind = kinds.find((endings) => ending("train", endings).length > 0) ?? kinds[0];
  const [train, test] = ["train", "test"].map((split) => ending(split, kind));
  if (train.length === 1 && test.length <= 1) {
    return { train: join(dir, train[0]), test: test.length === 1 ? join(dir, test[0]) : null };
  }
  const found = [...train, ...test].join(", ") || "none";
  throw new MissingDataError(
    `Cannot tell the lists of the images: it takes one in ${dir} whose name ends in train.txt (or .csv, .tsv, .json), ` +
      `and one at most in test.txt, current are ${found}: name them with data.train and data.test`,
  );
}

function checkContiguous({ images: { labels }, faults }: CheckedList, classes: number): void {
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

function checkBelow({ images: { labels }, paths, place, faults }: CheckedList, classes: number): void {
  const places = paths.flatMap((path, i) => labels[i] < classes ? [] : [`${place(i)}: ${path} ${labels[i]}`]);
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
async function readNames(file: string, root: string): Promise<string[]> {
  const text = await readText(file, "class names", root);
  const lines = text.replace(/^\uFEFF/, "").split("\n").map((line) => line.trim());
  while (lines.at(-1) === "") lines.pop();
  const blank = lines.indexOf("");
  if (blank < 0) return lines; // names may come twice, as ImageNet's crane does
  throw new SyntaxError(
    `Cannot read the class names ${file}: it takes a name in every line, current line ${blank + 1} is blank`,
  );
}

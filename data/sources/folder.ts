import { basename } from "node:path";
import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { encodedDataset, type LabelledFiles } from "../containers/encoded.ts";
import { MissingDataError } from "../base/errors.ts";
import { Faults } from "../base/faults.ts";
import { join } from "../base/files.ts";
import { type Scan, scanClasses } from "./folder_scan.ts";
import { layoutOf } from "./layout.ts";
import { realFolder } from "../containers/image_files.ts";
import type { EncodedImages } from "../images/image_set.ts";

/**
 * A user's own images: a folder for each class, named as the class. Where `dir` has folders `train` and `test` or `val`, or
 * folders with other names of splits (see {@linkcode layoutOf}), these hold the folders of the classes; otherwise a share of
 * each class is set aside for testing.
 *
 * Hidden folders and folders that programs leave, such as `__MACOSX`, are skipped.
 *
 * Classes are numbered in the order of their names' code units. Source: torchvision.datasets.ImageFolder.
 *
 * @param dir The folder of the classes, or of `train` and `test`.
 */
export function loadFolder(dir: string | null, options: LoadOptions): Dataset<EncodedImages> {
  if (dir === null) {
    throw new MissingDataError(
      "Cannot find the images: it takes a folder (data.dir) with a folder of images for each class, current is none",
    );
  }
  const root = realFolder(dir, "the images");
  const { onProgress } = options;
  const layout = layoutOf(root, { ...options, dir });
  const { test } = layout;
  onProgress?.(
    `Looking for images in ${layout.train}${
      test
        ? `, and in ${
          test.startsWith(join(root, "")) ? test.slice(join(root, "").length) : test
        } for those to test with`
        : ""
    }`,
  );
  const train = scanClasses(root, layout.train, options);
  const { classNames } = train;
  return encodedDataset({
    name: basename(root),
    origin: root,
    root,
    classNames,
    train: filesOf(train, classNames),
    test: test ? testFiles(root, test, classNames, options) : null,
    validation: layout.validation ? validationFiles(root, layout.validation, classNames, options) : null,
  }, options);
}

/** The files of the validation split; null, with a message, where they are of no use: nothing depends on them. */
function validationFiles(
  root: string,
  folder: string,
  classNames: readonly string[],
  options: LoadOptions,
): LabelledFiles | null {
  try {
    return testFiles(root, folder, classNames, { ...options, onProgress: undefined });
  } catch (error) {
    options.onProgress?.(`Left out ${folder}: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** The files of a split whose classes are some of the training images' classes. */
function testFiles(
  root: string,
  folder: string,
  classNames: readonly string[],
  options: LoadOptions,
): LabelledFiles {
  const scan = scanClasses(root, folder, { ...options, mayLack: true });
  const faults = new Faults(`the images of ${folder}`);
  const known = new Set(classNames);
  const unknown = scan.classNames.filter((name) => !known.has(name));
  faults.addAll(RangeError, "the classes of the training images", unknown, "are others too: ");
  if (unknown.length === 0 && scan.files.length === 0) {
    faults.add(RangeError, "it takes images to test with, current are none in the folders of the classes");
  }
  Faults.throwAny(faults);
  return filesOf(scan, classNames);
}

function filesOf(scan: Scan, classNames: readonly string[]): LabelledFiles {
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const labels = scan.files.flatMap((files, i) => files.map(() => labelOf.get(scan.classNames[i])!));
  return { files: scan.files.flat(), labels };
}

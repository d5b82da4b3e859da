import { basename } from "node:path";
import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { encodedDataset, type Found } from "../containers/encoded.ts";
import { MissingDataError } from "../base/errors.ts";
import { Faults } from "../base/faults.ts";
import { join } from "../base/files.ts";
import { type Scan, scanClasses } from "./folder_scan.ts";
import { layoutOf } from "./layout.ts";
import { realFolder } from "../containers/image_files.ts";
import type { EncodedImages } from "../images/image_set.ts";

/**
 * Images of one's own: a folder for each class, whose name is the class's. They are split already, in `train` and in
 * `test` or `val` or whatever else says so, see {@linkcode layoutOf}, or not yet: then a share of each class is set aside
 * for testing.
 *
 * Hidden folders, and those that programs leave, such as `__MACOSX`, are no classes; nothing in them is looked at.
 *
 * Classes are numbered in the order of their names' code units. Source: torchvision.datasets.ImageFolder.
 *
 * @param dir The folder of the classes or of the two.
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
    train: found(train, classNames),
    test: test ? foundTests(root, test, classNames, options) : null,
    validation: layout.validation ? foundValidation(root, layout.validation, classNames, options) : null,
  }, options);
}

/** The validation split; null, and told, where it is of no use: nothing depends on it. */
function foundValidation(
  root: string,
  folder: string,
  classNames: readonly string[],
  options: LoadOptions,
): Found | null {
  try {
    return foundTests(root, folder, classNames, { ...options, onProgress: undefined });
  } catch (error) {
    options.onProgress?.(`Left out ${folder}: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** Images of the training images' classes, though not of each. */
function foundTests(
  root: string,
  folder: string,
  classNames: readonly string[],
  options: LoadOptions,
): Found {
  const scan = scanClasses(root, folder, { ...options, mayLack: true });
  const faults = new Faults(`the images of ${folder}`);
  const known = new Set(classNames);
  const unknown = scan.classNames.filter((name) => !known.has(name));
  faults.addAll(RangeError, "the classes of the training images", unknown, "are others too: ");
  if (unknown.length === 0 && scan.files.length === 0) {
    faults.add(RangeError, "it takes images to test with, current are none in the folders of the classes");
  }
  Faults.throwAny(faults);
  return found(scan, classNames);
}

function found(scan: Scan, classNames: readonly string[]): Found {
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const labels = scan.files.flatMap((files, i) => files.map(() => labelOf.get(scan.classNames[i])!));
  return { files: scan.files.flat(), labels };
}

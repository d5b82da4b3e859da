import { basename } from "node:path";
import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { encodedDataset, type LabelledFiles } from "../containers/encoded.ts";
import { MissingDataError } from "../base/errors.ts";
import { Faults } from "../base/faults.ts";
import { join } from "../base/files.ts";
import { type Scan, scanClasses, subfolders } from "./folder_scan.ts";
import { realFolder } from "../containers/image_files.ts";
import type { EncodedImages } from "../images/image_set.ts";

/** Names of folders of test images, in any case of letters; the first that has classes is used. */
const TESTS = ["test", "val", "validation", "valid"];

/**
 * A user's own images: a folder for each class, named as the class. Where `dir` has folders `train` and `test` or `val`,
 * these hold the folders of the classes; otherwise a share of each class is set aside for testing.
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
  const { train: part, tests } = partsOf(root);
  const test = tests.find((name) => subfolders(join(root, name)).length > 0);
  const trainFolder = part === undefined ? root : join(root, part);
  if (tests.length > 0 && !test) {
    onProgress?.(`Left out ${tests.join(" and ")} in ${root}: no folders of classes are in there`);
  }
  onProgress?.(
    `Looking for images in ${trainFolder}${test ? `, and in ${test} for those to test with` : ""}`,
  );
  const train = scanClasses(root, trainFolder, onProgress);
  const { classNames } = train;
  return encodedDataset({
    name: basename(root),
    origin: root,
    root,
    classNames,
    train: filesOf(train, classNames),
    test: test
      ? testFiles(scanClasses(root, join(root, test), onProgress), classNames, join(root, test))
      : null,
  }, options);
}

/** Names of the training folder and of possible test folders; no names where the images are not split. */
function partsOf(root: string): { train?: string; tests: string[] } {
  const folders = subfolders(root);
  const named = (name: string) => folders.filter((folder) => folder.toLowerCase() === name);
  const [[train], tests] = [named("train"), TESTS.flatMap(named)];
  // A class may be called train, too.
  return train !== undefined && (tests.length > 0 || folders.length === 1) ? { train, tests } : { tests: [] };
}

function testFiles(scan: Scan, classNames: readonly string[], folder: string): LabelledFiles {
  const faults = new Faults(`the images of ${folder}`);
  const unknown = scan.classNames.filter((name) => !classNames.includes(name));
  const missing = classNames.filter((name) => !scan.classNames.includes(name));
  faults.addAll(RangeError, "the classes of the training images", unknown, "are others too: ");
  faults.addAll(RangeError, "images of each class to test with", missing, "lack folders: ");
  Faults.throwAny(faults);
  return filesOf(scan, classNames);
}

function filesOf(scan: Scan, classNames: readonly string[]): LabelledFiles {
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const labels = scan.files.flatMap((files, i) => files.map(() => labelOf.get(scan.classNames[i])!));
  return { files: scan.files.flat(), labels };
}

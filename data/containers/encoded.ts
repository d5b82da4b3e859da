import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { EncodedImages, sharedLabels } from "../images/image_set.ts";
import { plural } from "../base/count.ts";
import { checkListable } from "../base/listable.ts";
import { splitByShare } from "../sampling/split.ts";

/** The labelled image files of a source. */
export interface LabelledFiles {
  /** Absolute paths. */
  files: readonly string[];
  /** [files], the class of each. */
  labels: ArrayLike<number>;
  /** Places of the images in their files, as in {@linkcode EncodedImages}. */
  ranges?: Float64Array | null;
}

/**
 * A dataset of images in files. Without test images each class's are split by share and seed.
 *
 * @throws {RangeError} when there are fewer than two classes, or a class with a single image is to be split; when a
 * path is none that a list of the images can hold.
 */
export function encodedDataset(
  source: Pick<Dataset, "name" | "origin" | "root" | "classNames" | "numbered"> & {
    train: LabelledFiles;
    test: LabelledFiles | null;
    validation?: LabelledFiles | null;
  },
  options: LoadOptions,
): Dataset<EncodedImages> {
  const { train, test, validation, ...rest } = source;
  if (rest.classNames.length < 2) {
    throw new RangeError(
      `Cannot use the images of ${rest.origin}: it takes two classes or more, current is ` +
        `${rest.classNames.join(", ") || "none"}: there is nothing to tell apart`,
    );
  }
  for (const found of rest.root === undefined ? [] : [train, test, validation]) {
    checkListable(found?.files ?? [], `the images of ${rest.origin}`);
  }
  const imagesOf = (found: LabelledFiles) => encodedImages(found, rest.classNames, options);
  const apart = validation ? withoutShared(imagesOf(validation), [train, test], options) : null;
  return {
    ...rest,
    ...test ? { train: imagesOf(train), test: imagesOf(test) } : split(imagesOf(train), rest.origin, options),
    ...apart && { validation: apart },
    // The values of ImageNet, which all networks trained on ImageNet use.
    mean: [.485, .456, .406],
    std: [.229, .224, .225],
  };
}

/**
 * Validation images without those that are training or test images too, by file and place in the file; null where none are
 * left.
 */
function withoutShared(
  validation: EncodedImages,
  others: readonly (LabelledFiles | null)[],
  { onProgress }: LoadOptions,
): EncodedImages | null {
  const place = ({ files, ranges }: LabelledFiles, i: number) => `${ranges?.[2 * i] ?? 0} ${files[i]}`;
  const taken = new Set(others.flatMap((other) => other ? other.files.map((_, i) => place(other, i)) : []));
  const apart = Uint32Array.from(validation.labels.keys().filter((i) => !taken.has(place(validation, i))));
  const shared = validation.count - apart.length;
  if (shared === 0) return validation;
  onProgress?.(
    `Left out ${shared.toLocaleString("en")} of ${plural(validation.count, "validation image")}: they are ` +
      "training or test images too",
  );
  return apart.length > 0 ? validation.subset(apart) : null;
}

function encodedImages(
  { files, labels, ranges = null }: LabelledFiles,
  classNames: readonly string[],
  options: LoadOptions,
): EncodedImages {
  const { resize = 256, size = 224, maxPixels = 100_000_000, jpegLibrary = null, maxBroken = 0 } = options;
  const shared = sharedLabels(files.length);
  shared.set(labels);
  return new EncodedImages({
    files,
    ranges,
    labels: shared,
    classNames,
    height: size,
    width: size,
    channels: 3,
    shorter: resize,
    maxPixels,
    jpegLibrary,
    maxBroken,
    cache: null,
  });
}

function split(
  set: EncodedImages,
  origin: string,
  options: LoadOptions,
): { train: EncodedImages; test: EncodedImages } {
  const { testShare: share = 0.2, seed = 0, onProgress } = options;
  const { train, test } = splitByShare(set.labels, set.classNames, { share, seed, origin });
  onProgress?.(
    `There are no test images: ${test.length.toLocaleString("en")} of ${
      set.count.toLocaleString("en")
    } are set aside, ` +
      `${share} of each class by seed ${seed}`,
  );
  return { train: set.subset(train), test: set.subset(test) };
}

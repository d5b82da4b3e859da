import type { Dataset, LoadOptions } from "../images/dataset.ts";
import { type EncodedImages, sharedLabels, subset } from "../images/image_set.ts";
import { splitByShare } from "../sampling/split.ts";

/** Images in files that a source has found. */
export interface Found {
  /** Absolute paths. */
  files: readonly string[];
  /** As many. */
  labels: ArrayLike<number>;
  /** As `EncodedImages` has them. */
  ranges?: Float64Array | null;
}

/**
 * A dataset of images in files. Without test images each class's are split by share and seed.
 *
 * @throws {RangeError} when there are fewer than two classes, or a class with a single image is to be split.
 */
export function encodedDataset(
  source: Pick<Dataset, "name" | "origin" | "root" | "classNames" | "numbered"> & {
    train: Found;
    test: Found | null;
    validation?: Found | null;
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
  return {
    ...rest,
    ...test
      ? { train: encodedImages(train, options), test: encodedImages(test, options) }
      : split(encodedImages(train, options), rest, options),
    ...validation && { validation: encodedImages(validation, options) },
    // Of ImageNet, as all networks that were trained on it take.
    mean: [.485, .456, .406],
    std: [.229, .224, .225],
  };
}

function encodedImages({ files, labels, ranges = null }: Found, options: LoadOptions): EncodedImages {
  const { resize = 256, size = 224, maxPixels = 100_000_000, maxBroken = 0 } = options;
  const shared = sharedLabels(files.length);
  shared.set(labels);
  return {
    kind: "encoded",
    files,
    ranges,
    labels: shared,
    count: files.length,
    height: size,
    width: size,
    channels: 3,
    shorter: resize,
    maxPixels,
    maxBroken,
    cache: null,
  };
}

function split(
  set: EncodedImages,
  { classNames, origin }: Pick<Dataset, "classNames" | "origin">,
  options: LoadOptions,
): { train: EncodedImages; test: EncodedImages } {
  const { testShare: share = 0.2, seed = 0, onProgress } = options;
  const { train, test } = splitByShare(set.labels, classNames, { share, seed, origin });
  onProgress?.(
    `There are no test images: ${test.length.toLocaleString("en")} of ${
      set.count.toLocaleString("en")
    } are set aside, ` +
      `${share} of each class by seed ${seed}`,
  );
  return { train: subset(set, train), test: subset(set, test) };
}

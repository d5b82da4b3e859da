import { withRoom } from "../base/room.ts";
import type { ImageCache } from "../decode/mod.ts";
import { classCounts, labelOutOfRange } from "../sampling/class_counts.ts";
import { longTailIndices, type LongTailOptions } from "../sampling/long_tail.ts";
import { setAsideIndices, type SetAsideOptions } from "../sampling/set_aside.ts";

/**
 * Fields and methods of both kinds of image sets. Sets are immutable, but for the pixels and labels in their
 * arrays.
 */
export abstract class LabelledImages {
  /** [count], the class of each image; a view of a SharedArrayBuffer. */
  readonly labels: Uint32Array;
  /** Number of images in the set. */
  readonly count: number;
  /** Rows of an image as a Loader delivers it. */
  readonly height: number;
  /** Columns of an image as a Loader delivers it. */
  readonly width: number;
  /** 3 for colour, 1 for grey. */
  readonly channels: number;
  /** [classes], in the order of the labels. */
  readonly classNames: readonly string[];

  /** Takes the fields over; `count` is the number of labels. */
  constructor(fields: Pick<LabelledImages, "labels" | "height" | "width" | "channels" | "classNames">) {
    this.labels = fields.labels;
    this.count = fields.labels.length;
    this.height = fields.height;
    this.width = fields.width;
    this.channels = fields.channels;
    this.classNames = fields.classNames;
  }

  /**
   * Counts the images of each class.
   *
   * @returns [classes].
   * @throws {RangeError} when a label has no class name.
   */
  classCounts(): Uint32Array {
    return classCounts(this.labels, this.classNames.length);
  }

  /**
   * The images at `indices`, in that order; pixels in memory are copied.
   *
   * @throws {RangeError} when an index is not below the count.
   *
   * @example
   * ```ts
   * import { newImageSet } from "everyclass/data";
   * console.log(newImageSet(100, 32, 32, 3, ["cat"]).subset(Uint32Array.of(7, 9)).count); // 2
   * ```
   */
  abstract subset(indices: Uint32Array): this;

  /**
   * The long-tailed version of a balanced set, as CIFAR100-LT is the long-tailed version of CIFAR-100: the images that
   * {@linkcode longTailIndices} keeps, class by class.
   *
   * @throws {RangeError} when the ratio is below 1, a label has no class name, or the seed is no 32-bit integer.
   *
   * @example
   * ```ts
   * import { newImageSet } from "everyclass/data";
   * const set = newImageSet(300, 8, 8, 3, ["cat", "dog", "owl"]);
   * set.labels.forEach((_, i) => set.labels[i] = i % 3);
   * console.log(set.longTail({ ratio: 100 }).classCounts()); // [100, 10, 1]
   * ```
   */
  longTail(options: LongTailOptions): this {
    return this.subset(longTailIndices(this.labels, this.classNames.length, options));
  }

  /**
   * Two sets without a common image: those to learn from, and those to set aside, such as for validation. Of a class with n
   * images `min(max(round(share * n), 5), max(0, n - 5))` are set aside, so that the class keeps at least 5; a class of 5
   * or fewer sets none aside. Both sets keep the order of this one.
   *
   * @throws {RangeError} when the share is not above 0 and below 1, a label has no class name, or the seed is no 32-bit
   * integer.
   *
   * @example
   * ```ts
   * import { newImageSet } from "everyclass/data";
   * const set = newImageSet(111, 8, 8, 3, ["cat", "dog", "owl"]);
   * set.labels.forEach((_, i) => set.labels[i] = i < 100 ? 0 : i < 107 ? 1 : 2);
   * const [kept, aside] = set.setAside({ share: 0.1 });
   * console.log(kept.classCounts(), aside.classCounts()); // [90, 5, 4] and [10, 2, 0]
   * ```
   */
  setAside(options: SetAsideOptions): [kept: this, aside: this] {
    const { kept, aside } = setAsideIndices(this.labels, this.classNames.length, options);
    return [this.subset(kept), this.subset(aside)];
  }

  /** The labels at these indices, in shared memory. @throws {RangeError} when an index is not below the count. */
  protected labelsAt(indices: Uint32Array): Uint32Array {
    const bad = indices.find((index) => index >= this.count);
    if (bad !== undefined) {
      throw new RangeError(
        `Cannot take a subset: it takes indices below ${this.count}, current index is ${bad}`,
      );
    }
    const labels = sharedLabels(indices.length);
    indices.forEach((index, i) => labels[i] = this.labels[index]);
    return labels;
  }
}

/** Images held whole, all of one size: 8 bits a channel, channels last, in shared memory so that Workers see them. */
export class MemoryImages extends LabelledImages {
  /** Tells the kind of a set. */
  readonly kind = "memory";
  /** [count, height, width, channels], a view of a SharedArrayBuffer. */
  readonly images: Uint8Array;

  /** Takes the fields over; {@linkcode newImageSet} allocates them. */
  constructor(fields: Omit<ImageFields<MemoryImages>, "kind" | "count">) {
    super(fields);
    this.images = fields.images;
  }

  /** Copies the pixels of the images at `indices`. @throws {RangeError} when an index is not below the count. */
  override subset(indices: Uint32Array): this {
    const labels = this.labelsAt(indices);
    const size = this.height * this.width * this.channels;
    const images = new Uint8Array(new SharedArrayBuffer(indices.length * size));
    indices.forEach((index, i) =>
      images.set(this.images.subarray(index * size, (index + 1) * size), i * size)
    );
    return new MemoryImages({ ...this, labels, images }) as this;
  }
}

/** Images in files, of any size and encoding: Workers decode each when its turn comes. */
export class EncodedImages extends LabelledImages {
  /** Tells the kind of a set. */
  readonly kind = "encoded";
  /** [count], absolute paths; several images in one file have the same path. */
  readonly files: readonly string[];
  /** [count, 2], where an image begins in its file and how many bytes it has; null: each file is one image. */
  readonly ranges: Float64Array | null;
  /** Shorter side in pixels to which an image is shrunk or stretched when it is decoded; null: its size is kept. */
  readonly shorter: number | null;
  /** Most pixels of an image, by its header: larger images are refused before they are decoded. */
  readonly maxPixels: number;
  /** File of libturbojpeg, which decodes plain JPEGs to the same pixels; null: sharp decodes all. */
  readonly jpegLibrary: string | null;
  /** Most broken images of a pass; a broken image comes as a black image. */
  readonly maxBroken: number;
  /** Cache of decoded images; null: each image is decoded every time. */
  readonly cache: ImageCache | null;

  /** Takes the fields over; `jpegLibrary` is null where it is left out. */
  constructor(
    fields: Omit<ImageFields<EncodedImages>, "kind" | "count" | "jpegLibrary"> & {
      jpegLibrary?: string | null;
    },
  ) {
    super(fields);
    this.files = fields.files;
    this.ranges = fields.ranges;
    this.shorter = fields.shorter;
    this.maxPixels = fields.maxPixels;
    this.jpegLibrary = fields.jpegLibrary ?? null;
    this.maxBroken = fields.maxBroken;
    this.cache = fields.cache;
  }

  /** The files of the images at `indices`. @throws {RangeError} when an index is not below the count. */
  override subset(indices: Uint32Array): this {
    const labels = this.labelsAt(indices);
    const files = Array.from(indices, (index) => this.files[index]);
    const ranges = this.ranges && new Float64Array(2 * indices.length);
    indices.forEach((index, i) => ranges?.set(this.ranges!.subarray(2 * index, 2 * index + 2), 2 * i));
    return new EncodedImages({ ...this, labels, files, ranges }) as this;
  }
}

/** Labelled images that a {@linkcode Loader} makes batches of. */
export type ImageSet = MemoryImages | EncodedImages;

/** The fields of a set without its methods, as a Worker receives them. */
export type ImageFields<S extends ImageSet = ImageSet> = S extends unknown
  ? Omit<S, "classCounts" | "subset" | "longTail" | "setAside">
  : never;

/**
 * An image set in shared memory, all zero.
 *
 * @example
 * ```ts
 * import { newImageSet } from "everyclass/data";
 * const set = newImageSet(100, 32, 32, 3, ["cat", "dog"]);
 * set.images.fill(255);
 * set.labels[99] = 1;
 * ```
 */
export function newImageSet(
  count: number,
  height: number,
  width: number,
  channels: number,
  classNames: readonly string[],
): MemoryImages {
  const bytes = count * height * width * channels;
  const images = withRoom(
    `hold ${count} images of ${height} x ${width} x ${channels}`,
    bytes,
    "take fewer or smaller ones",
    () => new Uint8Array(new SharedArrayBuffer(bytes)),
  );
  return new MemoryImages({ images, labels: sharedLabels(count), height, width, channels, classNames });
}

/** Labels in shared memory, all 0. */
export function sharedLabels(count: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * count));
}

/** Copies labels of a file into a set from image `at` on. @throws {RangeError} when no class has a label. */
export function setLabels(set: LabelledImages, at: number, labels: ArrayLike<number>, file: string): void {
  const classes = set.classNames.length;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw labelOutOfRange(file, i, label, classes);
    }
    set.labels[at + i] = label;
  }
}

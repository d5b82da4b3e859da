import type { ImageSet } from "./image_set.ts";

/** A source of images that {@linkcode loadDataset} knows. */
export type Source = "cifar10" | "cifar100" | "fashion-mnist" | "idx";

/** Training and test images with what their names and numbers mean. */
export interface Dataset<S extends ImageSet = ImageSet> {
  /** As its authors write it, for people. */
  name: string;
  /** Where it was read: a folder, an archive or a package. */
  origin: string;
  /** Images to learn from, the long-tailed cut not yet made. */
  train: S;
  /** Images to judge by, all classes as often. */
  test: S;
  /** [classes], in the order of the labels. */
  classNames: string[];
  /** Of each channel of pixel / 255 over the training set, as the field's code writes it. */
  mean: number[];
  /** Standard deviation, like `mean`. */
  std: number[];
}

/** How to load a dataset. */
export interface LoadOptions {
  /** Folder for what is fetched and converted; without it nothing is kept. */
  cache?: string;
  /** Whether files must have the published checksums and sizes; `false` takes files written anew. Default `true`. */
  verify?: boolean;
  /** Hears what is being done. */
  onProgress?: (message: string) => void;
}

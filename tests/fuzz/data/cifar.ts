// CIFAR's files: pickles, records, names, and the archive of them.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { loadDataset, MissingDataError, newImageSet } from "../../../data/mod.ts";
import { decodeBinary, decodePickle, interleave } from "../../../data/sources/cifar/decode.ts";
import { CIFAR100 } from "../../../data/sources/cifar/files.ts";
import { setLabels } from "../../../data/images/image_set.ts";
import { archiveOnDisk } from "../../../data/containers/archive.ts";
import { planes, python2Batch, python2Names } from "../../data/sources/cifar/cifar_samples.ts";
import type { Draw } from "../draw.ts";
import type { Format } from "../format.ts";
import { OPCODES } from "../formats/pickle.ts";
import type { Field } from "../writer.ts";

const PATH = "the/file";
const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);

/** The set that a batch becomes. */
function setOf(batch: ReturnType<typeof decodePickle>) {
  const set = newImageSet(batch.count, 32, 32, 3, names);
  setLabels(set, 0, batch.labels, PATH);
  interleave(batch, set, 0);
  return { images: set.images.slice(), labels: set.labels.slice() };
}

/** Batches as Python 2 pickled them. */
export const cifarPickle: Format = {
  few: 1000,
  many: 100_000,
  errors: [SyntaxError, RangeError],
  words: [...OPCODES, "fine_labels", "data", "latin1", "numpy", "K\x01"],
  path: PATH,
  make(draw) {
    const count = 1 + draw.below(2);
    const labels = draw.list(count, () => draw.below(100));
    return { bytes: python2Batch("fine_labels", labels, planes(count, draw.below(256))) };
  },
  read: (bytes) => setOf(decodePickle(bytes, CIFAR100, PATH)),
};

/** Batches of records. */
export const cifarBinary: Format = {
  few: 1000,
  many: 100_000,
  errors: [SyntaxError, RangeError],
  path: PATH,
  make: (draw) => ({
    bytes: new Uint8Array(3074 * (1 + draw.below(2))).fill(draw.below(100)),
    own: [(bytes) => bytes.slice(0, 3074 * draw.below(3))],
  }),
  read: (bytes) => setOf(decodeBinary(bytes, CIFAR100, PATH)),
};

/** Archives packed by gzip: what their headers say is mutated before they are packed. */
export async function cifarArchive(folder: string): Promise<Format> {
  const path = join(folder, "cifar-100-python.tar.gz");
  const packed = (tar: Uint8Array) => gzipSync(tar, { level: 1 });
  let bomb: Uint8Array | undefined;
  const zeros = () => bomb ??= packed(new Uint8Array(80 * 2 ** 20));
  await Promise.resolve();
  return {
    few: 150,
    many: 100_000,
    errors: [SyntaxError, RangeError, MissingDataError],
    path: folder,
    make(draw) {
      const files = {
        train: python2Batch("fine_labels", [draw.below(100)], planes(1)),
        test: python2Batch("fine_labels", [draw.below(100)], planes(1)),
        meta: python2Names("fine_label_names", 100),
      };
      const tar = createTar(
        Object.entries(files).map(([name, data]) => ({ name: `cifar-100-python/${name}`, data })),
      );
      return {
        bytes: packed(tar),
        own: [() => draw.chance(0.003) ? zeros() : packed(headers(draw, tar.slice()))],
      };
    },
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      const { path: same } = await archiveOnDisk(path, null, "advice");
      const { train } = await loadDataset("cifar100", folder, { verify: false });
      return { same, images: train.images.slice() };
    },
  };
}

/** Other facts in the headers of an archive, whose fields are texts of octal digits. */
function headers(draw: Draw, tar: Uint8Array): Uint8Array {
  const fields: Pick<Field, "at">[] = [0, 100, 124, 136, 148, 156, 157, 257, 345].map((at) => ({ at }));
  for (let left = 1 + draw.below(3); left > 0; left--) {
    const start = 512 * draw.below(Math.min(tar.length / 512, 12));
    const text = draw.pick([
      "-1000\0",
      "77777777777\0",
      "0",
      "00000001000\0",
      "x",
      "L",
      "g",
      "K",
      "5",
      "\0",
      "../../a",
      "9e9",
    ]);
    tar.set(new TextEncoder().encode(text), Math.min(tar.length - 16, start + draw.pick(fields).at));
  }
  return draw.chance(0.2) ? tar.slice(0, draw.below(tar.length)) : tar;
}

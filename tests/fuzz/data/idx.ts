// IDX files, plain and packed by gzip.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { loadDataset, MissingDataError } from "../../../data/mod.ts";
import { decodeIdx, encodeIdx, IDX_FILES } from "../../../data/containers/idx.ts";
import type { Draw } from "../draw.ts";
import type { Format } from "../format.ts";
import { same } from "../campaign/judge.ts";
import { Writer } from "../writer.ts";

function drawn(draw: Draw): { w: Writer; shape: number[]; items: Uint8Array } {
  const shape = draw.list(draw.pick([1, 3, 4]), () => 1 + draw.below(5));
  const items = draw.bytes(shape.reduce((product, size) => product * size, 1));
  const w = new Writer(true).u8(0).u8(0).u8(8).u8(shape.length);
  for (const size of shape) w.u32(size);
  return { w: w.raw(items), shape, items };
}

/** Single files. */
export const idx: Format = {
  few: 2000,
  many: 100_000,
  errors: [SyntaxError],
  path: "the/file",
  make(draw) {
    const { w, shape, items } = drawn(draw);
    return { bytes: w.bytes, fields: w.fields, value: { shape, items } };
  },
  read: (bytes) => decodeIdx(bytes, [1, 3, 4], "the/file"),
  agrees(value, bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const shape = Array.from({ length: bytes[3] }, (_, i) => view.getUint32(4 + 4 * i));
    return same(value, { shape, items: bytes.slice(4 + 4 * bytes[3]) }) ? null : "other sizes or items";
  },
};

/** The four files, of which the first is hostile and packed. */
export async function idxGzip(folder: string): Promise<Format> {
  const images = encodeIdx([2, 3, 3], new Uint8Array(18).fill(7));
  const labels = encodeIdx([2], Uint8Array.of(0, 1));
  for (const [i, name] of IDX_FILES.entries()) {
    await Deno.writeFile(join(folder, `${name}.gz`), gzipSync(i % 2 ? labels : images));
  }
  const path = join(folder, `${IDX_FILES[0]}.gz`);
  return {
    few: 150,
    many: 100_000,
    errors: [SyntaxError, RangeError, MissingDataError],
    path: folder,
    make(draw) {
      const file = images.slice();
      file.set(draw.bytes(18), 16);
      const bomb = () => {
        const size = draw.pick([2 ** 16, 2 ** 24, 80 * 2 ** 20]);
        const sizes = draw.pick([[2, 3, 3], [Math.min(size, 2 ** 24), 1, 1], [2 ** 16, 2 ** 16, 2 ** 16]]);
        return gzipSync(encodeIdx(sizes, new Uint8Array(draw.chance(0.005) ? size : 18)));
      };
      return { bytes: gzipSync(file), value: file.slice(16), own: [bomb] };
    },
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      return (await loadDataset("idx", folder)).train.images.slice();
    },
  };
}

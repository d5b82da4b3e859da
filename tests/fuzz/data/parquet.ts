// Parquet files of images and labels: numbers of the footer and of the headers of pages, which Thrift packs into a byte or a few.
import { join } from "node:path";
import { ParquetFile } from "../../../data/sources/parquet/file.ts";
import type { Draw } from "../draw.ts";
import type { Format } from "../format.ts";
import { getField } from "../writer.ts";

const names = ["test-00000-of-00001", "train-00000-of-00002"];

/** A number as Thrift packs it, in zigzag and seven bits a byte. */
function varint(value: number): number[] {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(value) << 1n); bytes.length < 10; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n | 128n));
  }
  return bytes;
}

/** Other numbers in the headers of pages or in the footer, without another length of the file. */
function numbers(draw: Draw, bytes: Uint8Array): Uint8Array {
  const length = getField(bytes, { at: bytes.length - 8, bytes: 4, bigEndian: false });
  const footer = Math.max(1, bytes.length - 8 - length);
  for (let left = 1 + draw.below(4); left > 0; left--) {
    const at = draw.chance(0.6) ? footer + draw.below(bytes.length - footer - 8) : draw.below(footer);
    const value = varint(
      draw.pick([0, 1, -1, 2, 6, 2 ** 31 - 1, 2 ** 31, 2 ** 53, -(2 ** 31), bytes.length, draw.below(300)]),
    );
    bytes.set(value.slice(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
  }
  return bytes;
}

/** Files as Hugging Face writes them. */
export async function parquet(folder: string): Promise<Format> {
  const files = await Promise.all(
    names.map((name) =>
      Deno.readFile(new URL(`../../fixtures/data/parquet/${name}.parquet`, import.meta.url))
    ),
  );
  const path = join(folder, "train.parquet");
  return {
    few: 200,
    many: 20_000,
    errors: [SyntaxError],
    path: "train.parquet",
    words: [
      Uint8Array.of(0x15),
      Uint8Array.of(0x1c),
      Uint8Array.of(0x19),
      Uint8Array.of(0x19, 0xfc),
      Uint8Array.of(0xff),
      Uint8Array.of(0),
    ],
    make(draw) {
      const bytes: Uint8Array = draw.pick(files);
      const own = (mutated: Uint8Array) => mutated.length > 12 ? numbers(draw, mutated) : mutated;
      return { bytes, fields: [{ at: bytes.length - 8, bytes: 4, bigEndian: false }], own: [own, own] };
    },
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      const file = await ParquetFile.open(path);
      const labels = await file.labels();
      const images = [];
      for (let group = 0; group < file.groups.length; group++) images.push(...await file.images(group));
      return { labels, images, names: file.classNames };
    },
  };
}

// Files that earlier runs left in the cache: a damaged one is told of and made again.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { cached, openCache } from "../../../data/decode/cache.ts";
import { initState, parseSafetensors } from "../../../engine/mod.ts";
import { configOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { ViewFile } from "../../../train/features/bank/view_file.ts";
import { sealOf, writeSealed } from "../../../train/machine/seal.ts";
import { tuningPath, tuningState } from "../../../train/machine/tuning_file.ts";
import { Stage1Cache } from "../../../train/run/stage1_cache.ts";
import type { Format } from "../format.ts";
import { JSON_WORDS } from "../formats/safetensors.ts";
import { same } from "../campaign/judge.ts";
import { smallSetup } from "./setup.ts";

/** A damage that a cache tells of, in place of an error. */
function told(damage: string): Error {
  return new Error(`Cannot use the cache: ${damage}`);
}

/** A trained stage 1. */
export async function stage1(folder: string): Promise<Format> {
  const setup = smallSetup();
  const recipe = configOf(trainingConfig, { data: { source: "idx", dir: folder }, network: "resnet8" });
  const cache = new Stage1Cache(folder, setup, recipe);
  cache.prepare();
  await cache.write({ state: initState(setup.network, 1), epochs: [{ loss: 1, accuracy: 50 }] });
  const original = await Deno.readFile(cache.path);
  const { value: whole } = await cache.read() as { value: unknown };
  return {
    few: 100,
    many: 10_000,
    errors: [Error],
    make: (draw) => ({
      bytes: original,
      value: whole,
      fields: [{ at: 0, bytes: 8, bigEndian: false }],
      own: [() => {
        const { state, metadata: { sha256: _, ...texts } } = parseSafetensors(original);
        const learning = draw.pick([
          "5",
          "null",
          "{}",
          "[[1]]",
          '[{"loss":1}]',
          "[".repeat(9000),
          "x",
          '[{"loss":null,"accuracy":1}]',
        ]);
        return writeSealed(state, { ...texts as Record<string, string>, learning });
      }],
    }),
    async read(bytes) {
      await Deno.writeFile(cache.path, bytes);
      const found = await cache.read();
      if (found === null) throw told("it is gone");
      if ("damage" in found) throw told(found.damage);
      return found.value;
    },
    agrees: (value, bytes) =>
      same(bytes, original) ||
        sealOf(bytes) === "intact" && Array.isArray((value as { epochs: unknown }).epochs)
        ? null
        : "a damaged file is taken",
  };
}

/** The index of a bank's rows. */
export async function bank(folder: string): Promise<Format> {
  const [count, width] = [6, 4];
  const path = join(folder, "view-1.f32");
  const rows = new Uint8Array(4 * count * width).fill(3);
  const sha256 = createHash("sha256").update(rows).digest("hex");
  const half = createHash("sha256").update(rows.subarray(0, 48)).digest("hex");
  const wait = () => Promise.resolve();
  await Deno.writeFile(path, rows);
  return {
    few: 500,
    many: 100_000,
    errors: [Error],
    words: [...JSON_WORDS, '"from":', '"to":', '"sha256":', '"shards":[', '"once":', '"count":7,'],
    make(draw) {
      const shards = draw.chance(0.5)
        ? [{ from: 0, to: 6, sha256 }]
        : [{ from: 0, to: 3, sha256: half }, { from: 3, to: 6, sha256: half }];
      const index = { about: "x", count, width, once: false, shards };
      return {
        bytes: new TextEncoder().encode(JSON.stringify(index)),
        value: { there: 6, missing: [], rows: [...rows] },
      };
    },
    async read(bytes) {
      await Deno.writeFile(join(folder, "view-1.json"), bytes);
      using file = await ViewFile.open(path, { about: "x", count, width }, wait);
      if (await file.check() === null) throw told("its index is damaged");
      await file.keep(true);
      return { there: file.there, missing: file.missing, rows: [...await Deno.readFile(path)] };
    },
    // Rows that count as there have the digest that the index tells, so that they are those that were written.
    agrees(value) {
      const { there, missing } = value as { there: number; missing: { from: number; to: number }[] };
      const left = missing.reduce((sum, { from, to }) => sum + to - from, 0);
      return there + left === count ? null : `${there} rows there, ${left} missing`;
    },
  };
}

/** Times of kernels. */
export async function tuning(folder: string): Promise<Format> {
  const info = { vendor: "v", architecture: "a", device: "d", description: "x" };
  const device = { info, adapter: "x", isSoftware: false, hasTimer: true } as unknown as Parameters<
    typeof tuningState
  >[0];
  const path = tuningPath(device, folder);
  await Deno.mkdir(join(path, ".."), { recursive: true });
  return {
    few: 1000,
    many: 100_000,
    errors: [Error],
    words: [...JSON_WORDS, '"entries":', '"matmul 1":'],
    make(draw) {
      const entries = Object.fromEntries(draw.list(draw.below(5), (i) => [`matmul ${i}`, draw.below(9)]));
      return {
        bytes: new TextEncoder().encode(JSON.stringify({ entries })),
        value: Object.keys(entries).length,
      };
    },
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      const { shapes, problem } = await tuningState(device, folder);
      if (problem !== null) throw told(problem);
      return shapes;
    },
    agrees: (value, bytes) =>
      Object.keys(JSON.parse(new TextDecoder().decode(bytes)).entries).length === value
        ? null
        : "other entries",
  };
}

/** Decoded images. */
export async function imageCache(folder: string): Promise<Format> {
  const source = join(folder, "source");
  await Deno.writeFile(source, Uint8Array.of(1, 2, 3));
  const cache = await openCache(folder, 2 ** 30);
  const image = { path: source, range: null, shorter: null, maxPixels: 100 };
  const pixels = { data: Uint8Array.from({ length: 24 }, (_, i) => i), height: 2, width: 4, channels: 3 };
  await cached(cache, image, () => Promise.resolve(pixels));
  const [outer] = [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory);
  const [inner] = [...Deno.readDirSync(join(folder, outer.name))];
  const path = join(folder, outer.name, inner.name);
  const original = await Deno.readFile(path);
  const value = { ...pixels };
  return {
    few: 1000,
    many: 100_000,
    errors: [Error],
    make: () => ({
      bytes: original,
      value,
      fields: [0, 4, 8, 12].map((at) => ({ at, bytes: 4, bigEndian: false })),
      reseal(bytes) {
        if (bytes.length < 32) return bytes;
        new DataView(bytes.buffer, bytes.byteOffset).setUint32(
          12,
          crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12))),
          true,
        );
        return bytes;
      },
    }),
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      const found = await cached(cache, image, () => Promise.reject(told("the image is decoded again")));
      return { ...found, data: found.data.slice() };
    },
    agrees(found, bytes) {
      const { data, height, width } = found as typeof pixels;
      return same(data, bytes.slice(32)) && data.length === 3 * height * width
        ? null
        : "other pixels than the file has";
    },
  };
}

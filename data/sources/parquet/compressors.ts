import { brotliDecompressSync, zstdDecompressSync } from "node:zlib";
import type { Compressors } from "hyparquet";

type Options = { maxOutputLength: number };

/**
 * Functions that unpack pages, by codec. None makes more bytes than its page states: the package's own for Brotli and Zstandard
 * make all that the packed bytes hold, which may be a hundred thousand times as many, so Deno's take their place.
 */
export async function loadCompressors(): Promise<Compressors> {
  const { compressors } = await import("hyparquet-compressors");
  return { ...compressors, BROTLI: bounded(brotliDecompressSync), ZSTD: bounded(zstdDecompressSync) };
}

/** @returns A function that throws a RangeError where there are more bytes than stated. */
function bounded(unpack: (bytes: Uint8Array, options: Options) => Uint8Array) {
  // In memory of its own: images are handed over to another thread with all of theirs.
  return (bytes: Uint8Array, size: number) =>
    new Uint8Array(unpack(bytes, { maxOutputLength: Math.max(1, size) }));
}

import { createHash } from "node:crypto";
import { type MemoryImages, newImageSet } from "../../data/mod.ts";

/** 0, 1, 2 … */
export function ascending(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

/** Of the values as little-endian numbers, as NumPy's `tobytes` gives them. */
export function sha256(values: Uint32Array | Uint8Array): string {
  return createHash("sha256").update(values).digest("hex");
}

/** A set whose pixels are never zero and differ from image to image and from place to place. */
export function patternSet(count: number, height = 8, width = 6, channels = 3, classes = 10): MemoryImages {
  const names = Array.from({ length: classes }, (_, label) => `class ${label}`);
  const set = newImageSet(count, height, width, channels, names);
  set.images.forEach((_, i) => set.images[i] = 1 + (i * 7 + (i >> 8)) % 255);
  set.labels.forEach((_, i) => set.labels[i] = i % classes);
  return set;
}

/** A folder that is removed when it goes out of scope. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "everyclass-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

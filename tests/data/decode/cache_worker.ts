// Takes images out of a cache that others write to at the same time; answers whether all were right.
/// <reference lib="deno.worker" />
import { cached, type ImageCache } from "../../../data/decode/mod.ts";
import { imageOf } from "./cached_images.ts";

self.onmessage = async ({ data }: MessageEvent<{ cache: ImageCache; paths: string[] }>): Promise<void> => {
  let right = true;
  for (let round = 0; round < 3; round++) {
    for (const [i, path] of data.paths.entries()) {
      const image = await cached(
        data.cache,
        { path, range: null, shorter: 8, maxPixels: 1e8 },
        () => Promise.resolve(imageOf(i)),
      );
      right &&= image.data.every((value, at) => value === imageOf(i).data[at]);
    }
  }
  self.postMessage(right);
};

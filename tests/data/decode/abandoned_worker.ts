// The Worker of a Loader with a decoder that was given up, and comes to its end a little later.
/// <reference lib="deno.worker" />
import "../../../data/loader/worker.ts";
import { withinTime } from "../../../data/decode/mod.ts";
import type { ToWorker } from "../../../data/loader/ring.ts";

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (!("setup" in data)) return;
  const { labels } = data.setup.set;
  const ended = Promise.withResolvers<void>();
  withinTime(ended.promise, "an image", 0).catch(() => Atomics.store(labels, 0, 1));
  // Time enough for the loader to be disposed of; a Worker that was ended then does not come here.
  ended.promise.then(() => Atomics.store(labels, 1, 1));
  setTimeout(() => ended.resolve(), 1000);
});

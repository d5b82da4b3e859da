// The Worker of a Loader with a decoder that was given up, and comes to its end a little later.
import { withinTime } from "../../../data/decode/mod.ts";
import type { FromWorker, ToWorker } from "../../../data/loader/ring.ts";
import { hear } from "../../../data/loader/worker.ts";
import { serve } from "../../../data/workers/mod.ts";

serve<ToWorker, FromWorker>((message, answer) => {
  if ("setup" in message) giveUpOne(message.setup.set.labels);
  return hear(message, answer);
});

function giveUpOne(labels: Uint32Array): void {
  const ended = Promise.withResolvers<void>();
  withinTime(ended.promise, "an image", 0).catch(() => Atomics.store(labels, 0, 1));
  // Time enough for the loader to be disposed of; a Worker that was ended then does not come here.
  ended.promise.then(() => Atomics.store(labels, 1, 1));
  setTimeout(() => ended.resolve(), 1000);
}

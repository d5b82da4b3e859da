// Runs a command line as confined.ts asks.
/// <reference lib="deno.worker" />
import { knowTemporaries } from "../../../../data/disk/mod.ts";
import { everyclass } from "../../command.ts";
import type { ToWorker } from "./messages.ts";

self.onmessage = async ({ data: { args, cache, temporaries } }: MessageEvent<ToWorker>): Promise<void> => {
  knowTemporaries(temporaries);
  self.postMessage(await everyclass(args, undefined, cache));
};

self.postMessage("ready");

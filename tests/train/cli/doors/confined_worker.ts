// Runs a command line as confined.ts asks.
/// <reference lib="deno.worker" />
import { knowTemporaries } from "../../../../data/disk/mod.ts";
import { makeWorkersBy } from "../../../../data/workers/mod.ts";
import { askingFor } from "../../../../train/cli/doors/maker.ts";
import { everyclass } from "../../command.ts";
import type { ToWorker } from "./messages.ts";

self.onmessage = async (
  { data: { args, cache, temporaries, maker } }: MessageEvent<ToWorker>,
): Promise<void> => {
  knowTemporaries(temporaries);
  makeWorkersBy(askingFor(maker));
  self.postMessage(await everyclass(args, undefined, cache));
};

self.postMessage("ready");

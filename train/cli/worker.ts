// Runs a command with the permissions that the Worker was given; see doors/confined.ts.
/// <reference lib="deno.worker" />
import { knowTemporaries } from "../../data/disk/mod.ts";
import { makeWorkersBy } from "../../data/workers/mod.ts";
import { dispatch } from "./dispatch.ts";
import type { FromConfined, ToConfined } from "./doors/confined.ts";
import { askingFor } from "./doors/maker.ts";
import { commands } from "./table.ts";

self.onmessage = async ({ data: { args, temporaries, maker } }: MessageEvent<ToConfined>): Promise<void> => {
  knowTemporaries(temporaries);
  makeWorkersBy(askingFor(maker));
  self.postMessage(await dispatch(args, commands) satisfies FromConfined);
};

self.postMessage("ready" satisfies FromConfined);

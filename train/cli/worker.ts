// Runs a command with the permissions that the Worker was given; see doors/confined.ts.
/// <reference lib="deno.worker" />
import { knowTemporaries } from "../../data/disk/mod.ts";
import { dispatch } from "./dispatch.ts";
import type { FromConfined, ToConfined } from "./doors/confined.ts";
import { commands } from "./table.ts";

self.onmessage = async ({ data: { args, temporaries } }: MessageEvent<ToConfined>): Promise<void> => {
  knowTemporaries(temporaries);
  self.postMessage(await dispatch(args, commands) satisfies FromConfined);
};

self.postMessage("ready" satisfies FromConfined);

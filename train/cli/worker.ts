// Runs a command with the permissions that the Worker was given; see doors/confined.ts.
/// <reference lib="deno.worker" />
import { knowTemporaries } from "../../data/disk/mod.ts";
import { makeWorkersBy } from "../../data/workers/mod.ts";
import type { FromConfined, ToConfined } from "./doors/confined.ts";
import { askingFor } from "./doors/maker.ts";
import { consoleOutput, loadCommand, runCommand, tellingErrors } from "./run_command.ts";

self.onmessage = async (
  { data: { name, flags, temporaries, maker } }: MessageEvent<ToConfined>,
): Promise<void> => {
  knowTemporaries(temporaries);
  makeWorkersBy(askingFor(maker));
  const run = () => runCommand(name, flags, () => loadCommand(name), consoleOutput);
  self.postMessage(await tellingErrors(run, consoleOutput) satisfies FromConfined);
};

self.postMessage("ready" satisfies FromConfined);

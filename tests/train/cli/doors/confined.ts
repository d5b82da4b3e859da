// The command line in a Worker with the permissions that the program would give it, with all that it prints caught.

import { dispatch } from "../../../../train/cli/dispatch.ts";
import { grantsOf } from "../../../../train/cli/doors/grants.ts";
import { makeWorkersFor } from "../../../../train/cli/doors/maker.ts";
import { needsOf } from "../../../../train/cli/doors/needs.ts";
import { commands } from "../../../../train/cli/main.ts";
import type { Finished } from "../../command.ts";
import type { ToWorker } from "./messages.ts";

/** Runs a command line. @param cache Folder for what is kept. */
export async function confinedEveryclass(args: readonly string[], cache: string): Promise<Finished> {
  const finished: Finished = { code: 0, out: "", err: "" };
  const out = (text: string) => finished.out += text + "\n";
  const err = (text: string) => finished.err += text + "\n";
  finished.code = await dispatch(args, commands, { out, err }, async (name, flags, { flags: takes }) => {
    const needs = await needsOf(name, flags, takes);
    const permissions = grantsOf(needs, cache);
    const script = new URL("./confined_worker.ts", import.meta.url);
    const worker = new Worker(script, { type: "module", deno: { permissions } });
    const { port1: asking, port2: maker } = new MessageChannel();
    makeWorkersFor(asking, permissions);
    try {
      const { promise, resolve, reject } = Promise.withResolvers<Finished>();
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.onmessage = ({ data }: MessageEvent<"ready" | Finished>) => {
        if (data !== "ready") return resolve(data);
        const message = { args, cache, temporaries: needs.temporaries, maker } satisfies ToWorker;
        worker.postMessage(message, [maker]);
      };
      const { code, out, err } = await promise;
      finished.out += out;
      finished.err += err;
      return code;
    } finally {
      worker.terminate();
      asking.close();
    }
  });
  return finished;
}

import { basename, dirname } from "node:path";
import { removeTemporary } from "../../../data/disk/mod.ts";
import type { FlagName, Flags } from "../../flags/flags.ts";
import { grantsOf } from "./grants.ts";
import { makeWorkersFor } from "./maker.ts";
import { needsOf } from "./needs.ts";

/** The message to the Worker that runs a command. */
export interface ToConfined {
  /** The command. */
  name: string;
  flags: Flags;
  /** The temporary files that it may write, by the path of the file that each becomes. */
  temporaries: ReadonlyMap<string, string>;
  /** Port to the thread that makes its Workers. */
  maker: MessagePort;
}

/** The messages of the Worker: that its modules are loaded, then the exit code. */
export type FromConfined = "ready" | number;

/**
 * Runs commands in a Worker that is allowed no more than the command line asks for: neither a file that it reads nor a
 * package can open other files, write elsewhere, start a program or reach the network.
 *
 * Deno gives a process its permissions before the process knows its command line, and takes back a permission as a whole
 * alone; only a Worker can be given a part. So this thread loads no more than the reading of flags and configs. It lays down
 * what the command does not need, keeps the rest to give the same part to the Workers that the command starts, and does
 * nothing else.
 *
 * @param script Module of the Worker, which answers {@linkcode ToConfined}.
 */
export function confined(script: URL) {
  return async (
    name: string,
    flags: Flags,
    { flags: takes }: { flags: readonly FlagName[] },
  ): Promise<number> => {
    const needs = await needsOf(name, flags, takes);
    for (const path of needs.temporaries.keys()) removeLeft(path);
    const permissions = grantsOf(needs);
    const worker = new Worker(script, { type: "module", name, deno: { permissions } });
    // An error that the Worker does not catch ends the process.
    return await new Promise((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<FromConfined>) => {
        if (data !== "ready") return resolve(data);
        for (const name of unneeded(permissions)) Deno.permissions.revokeSync({ name });
        const { port1, port2: maker } = new MessageChannel();
        makeWorkersFor(port1, permissions);
        const message = { name, flags, temporaries: needs.temporaries, maker } satisfies ToConfined;
        worker.postMessage(message, [maker]);
      };
    });
  };
}

/** The kinds of permission of which the Worker got nothing, and its Workers will not either. */
function unneeded(granted: Deno.PermissionOptionsObject): (keyof Deno.PermissionOptionsObject)[] {
  const kinds = Object.keys(granted) as (keyof Deno.PermissionOptionsObject)[];
  return kinds.filter((kind) => granted[kind] === false || (granted[kind] as string[]).length === 0);
}

/** Removes what a killed process left of a file: the Worker may not list the file's folder. */
function removeLeft(path: string): void {
  try {
    removeTemporary(dirname(path), basename(path));
  } catch {
    // There is no such folder, or it is not to be listed.
  }
}

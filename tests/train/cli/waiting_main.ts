// The command line with a cache of its own that waits for a letter on stdin at the first line of progress with a text:
//
//   waiting_main.ts CACHE TEXT COMMAND [flags]

import { dispatch } from "../../../train/cli/dispatch.ts";
import { writeToStderr } from "../../../train/terminal/stderr.ts";
import { terminal } from "../../../train/run/session.ts";
import { commandsIn } from "../command.ts";

const [cache, stop, ...args] = Deno.args;
let waits = stop !== "";

function write(text: string): void {
  writeToStderr(text);
  if (!waits || !text.includes(stop)) return;
  waits = false;
  Deno.stdin.readSync(new Uint8Array(1));
}

Deno.exitCode = await dispatch(args, commandsIn({ ...terminal, cache, progress: { write } }));

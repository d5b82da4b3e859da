// The command line with a cache of its own, which saves at every chance: half of the time may go into saves.
//
//   crash_main.ts CACHE STOP COMMAND [flags]
//
// At its end it tells the number of its changes of files. STOP makes it stop for good before the change of that number,
// from 1, or amid it, as `12 half`: it then says so and waits to be killed. Without a number it goes on to its end.

import { dispatch } from "../../../train/cli/dispatch.ts";
import { terminal } from "../../../train/run/session.ts";
import { writeToStderr } from "../../../train/terminal/stderr.ts";
import { commandsIn } from "../command.ts";
import { hearChanges } from "./file_changes.ts";

const [cache, stop, ...args] = Deno.args;
const [number, amid] = stop.split(" ");
let changes = 0;
hearChanges((change, half) => {
  if (++changes !== Number(number)) return;
  if (amid) half?.();
  writeToStderr(`stops ${amid && half ? "amid" : "before"} change ${changes}: ${change}\n`);
  for (;;) Deno.stdin.readSync(new Uint8Array(1));
});
const pace = { everyMs: 0, share: 0.5 };
const code = await dispatch(args, commandsIn({ ...terminal, cache, pace }));
writeToStderr(`${changes} changes of files\n`);
Deno.exit(code);

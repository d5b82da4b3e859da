// The program that the tasks of deno.json start.
import { failBeyondFileLimit } from "../terminal/signals.ts";
import { confined } from "./doors/confined.ts";
import { dispatch } from "./dispatch.ts";
import { commands } from "./table.ts";

export { commands } from "./table.ts";

/** A command whose permissions are the same for every command line: deno.json names them. */
const NAMED = "doctor";

if (import.meta.main) {
  failBeyondFileLimit();
  const worker = new URL("./worker.ts", import.meta.url);
  const start = Deno.args[0] === NAMED ? undefined : confined(worker);
  // A decoder that hangs would keep the process for ever: the process exits as soon as the command is done.
  Deno.exit(await dispatch(Deno.args, commands, undefined, start));
}

// The command line with a cache of its own, which saves at every chance: half of the time may go into saves.
//
//   crash_main.ts CACHE COMMAND [flags]

import { dispatch } from "../../../train/cli/dispatch.ts";
import { terminal } from "../../../train/run/session.ts";
import { commandsIn } from "../command.ts";

const [cache, ...args] = Deno.args;
const pace = { everyMs: 0, share: 0.5 };
Deno.exit(await dispatch(args, commandsIn({ ...terminal, cache, pace })));

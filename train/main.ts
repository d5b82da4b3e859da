import { type Command, dispatch } from "./dispatch.ts";

/** The commands of `deno task`, by name. */
const commands: Record<string, Command> = {};

if (import.meta.main) Deno.exitCode = await dispatch(Deno.args, commands);

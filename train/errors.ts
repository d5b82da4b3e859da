/** A command line that cannot be understood: an unknown command or flag, a missing or repeated value. */
export class UsageError extends Error {
  /** Name shown in a stack trace. */
  override name = "UsageError";
}

/** Name of the environment variable that adds the stack to an error on the command line. */
const debugVariable = "EVERYCLASS_DEBUG";

/**
 * What the command line prints for an error: its message and those of its causes; the stack too where
 * `EVERYCLASS_DEBUG=1` is set.
 *
 * @param error Whatever was thrown.
 * @param debug Whether to add the stack; read from the environment by default.
 */
export function describeError(error: unknown, debug: boolean = debugWanted()): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const messages: string[] = [];
  for (let e: unknown = error; e !== undefined && e !== null; e = e instanceof Error ? e.cause : undefined) {
    const message = e instanceof Error ? e.message || e.name : String(e);
    // A message often quotes its cause already.
    if (!messages.some((m) => m.includes(message))) messages.push(message);
  }
  const text = `error: ${messages.join("\n  because: ")}`;
  return debug && error.stack ? `${text}\n\n${error.stack}` : text;
}

/** Looks at the environment only where that is allowed, so that no question pops up on a terminal. */
function debugWanted(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: debugVariable });
  return state === "granted" && !["", "0", undefined].includes(Deno.env.get(debugVariable));
}

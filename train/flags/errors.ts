import { NO_HANDLES, OUT_OF_HANDLES } from "../../data/disk/mod.ts";

/** Thrown on a command line with an unknown command or flag, or a missing or repeated value. */
export class UsageError extends Error {
  /** Name shown in a stack trace. */
  override name = "UsageError";
}

/**
 * Reads a file that the user names.
 *
 * @param what Description of the file with its path, for the error.
 * @throws {Error} when it cannot be read; the message gives the reason, so that the error has no cause.
 */
export async function readNamed<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new Error(`Cannot read ${what}: ${whyUnread(error)}`);
  }
}

function whyUnread(error: unknown): string {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "it takes a file, current path leads to none";
  }
  if (error instanceof Deno.errors.IsADirectory) return "it takes a file, current path leads to a folder";
  return (error as Error).message;
}

/** Name of the environment variable that adds the stack to an error on the command line. */
const debugVariable = "EVERYCLASS_DEBUG";

/**
 * Writes an error as the command line prints it: its message and the messages of its causes, with the stack where
 * `EVERYCLASS_DEBUG=1` is set.
 *
 * @param error Whatever was thrown.
 * @param debug True to add the stack; read from the environment by default.
 */
export function describeError(error: unknown, debug: boolean = debugWanted()): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const messages: string[] = [];
  for (let e: unknown = error; e !== undefined && e !== null; e = e instanceof Error ? e.cause : undefined) {
    const message = e instanceof Error ? e.message || e.name : String(e);
    // A message often quotes its cause already.
    if (!messages.some((m) => m.includes(message))) messages.push(withHandleWords(message));
  }
  const text = `error: ${printable(messages.join("\n  because: "))}`;
  return debug && error.stack ? `${text}\n\n${error.stack}` : text;
}

/** A message with what to do in place of the system's words on a process that can open no more files. */
function withHandleWords(message: string): string {
  const [words] = OUT_OF_HANDLES.exec(message) ?? [];
  if (words === undefined) return message;
  const [, path] = new RegExp(`^${RegExp.escape(words)}: \\w+ '(.*)'$`, "s").exec(message) ?? [];
  return path === undefined ? message.replace(words, NO_HANDLES) : `Cannot open ${path}: ${NO_HANDLES}`;
}

/** A text whose control characters are spelled out: names in a hostile file must not steer the terminal. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Reads the environment only where that is allowed, so that Deno asks no question on a terminal. */
function debugWanted(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: debugVariable });
  return state === "granted" && !["", "0", undefined].includes(Deno.env.get(debugVariable));
}

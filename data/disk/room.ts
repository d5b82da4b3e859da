import { dirname } from "node:path";
import { explain, isFull, UnwrittenError } from "./cause.ts";

/** The times of waiting for room on a full disk. */
export interface Patience {
  /** Milliseconds between two tries. */
  everyMs: number;
  /** Milliseconds after which the wait is given up. */
  forMs: number;
  /** Waits; ends early when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

/** The patience of every command. */
export const PATIENCE: Patience = { everyMs: 10_000, forMs: 600_000, sleep };

/** A command that waits for room rather than lose what it has worked out. */
export interface Writer {
  /** Hears a sentence for the user. */
  tell(sentence: string): void;
  /** Ends every wait at once. */
  signal?: AbortSignal;
  patience?: Patience | undefined;
}

/** A command at work. */
interface Command {
  writer: Writer;
  /** True once a wait was given up: the command ends, and its last files, such as its saved work, get one try each. */
  gaveUp: boolean;
}

/** The commands at work, the newest last; there is one, but for tests and those who use the program as a library. */
const commands: Command[] = [];

/**
 * Makes all writes of this thread wait for room, until disposal or until a wait is given up. Without such a writer a write on
 * a full disk fails at once.
 */
export function waitingForRoom(writer: Writer): Disposable {
  const command = { writer, gaveUp: false };
  commands.push(command);
  return {
    [Symbol.dispose]() {
      const at = commands.lastIndexOf(command);
      if (at >= 0) commands.splice(at, 1);
    },
  };
}

/** Tells the user of the command at work a sentence on its files. */
export function tellWriter(sentence: string): void {
  commands.at(-1)?.writer.tell(sentence);
}

/**
 * Writes to a file: on a full disk again and again until there is room, and once more where the folder was removed
 * meanwhile, which is made again. Both are told.
 *
 * @param write Can be tried again after it failed. @param wait False for a file that is no loss.
 * @throws {UnwrittenError} when the file cannot be written, or no room was made in time; its cause is the reason of an
 * aborted signal that ended the wait.
 */
export async function persist<T>(path: string, write: () => Promise<T>, wait = true): Promise<T> {
  const command = wait ? commands.at(-1) : undefined;
  const { tell, signal, patience = PATIENCE }: Partial<Writer> = command?.writer ?? {};
  let [waited, remade] = [0, false];
  for (;;) {
    try {
      const written = await write();
      if (waited > 0) tell?.(`There is room again: ${path} is written`);
      return written;
    } catch (cause) {
      const fault = (why: unknown, options?: ErrorOptions) =>
        new UnwrittenError(`Cannot write ${path}: ${explain(why, path)}`, options);
      if (tell && cause instanceof Deno.errors.NotFound && !remade) {
        remade = true;
        const folder = dirname(path);
        await Deno.mkdir(folder, { recursive: true }).catch((why) => {
          throw fault(why);
        });
        tell(`The folder ${folder} was gone: it is made again`);
        continue;
      }
      if (!command || !isFull(cause)) throw fault(cause);
      if (signal?.aborted) throw fault(cause, { cause: signal.reason });
      command.gaveUp ||= waited >= patience.forMs;
      if (command.gaveUp) throw fault(cause);
      if (waited === 0) command.writer.tell(waitingWords(path, patience));
      await patience.sleep(patience.everyMs, signal);
      waited += patience.everyMs;
    }
  }
}

function waitingWords(path: string, { everyMs, forMs }: Patience): string {
  return `The disk is full: cannot write ${path}; trying again every ${everyMs / 1000} s for ${
    forMs / 60_000
  } minutes: make room, or Ctrl-C ends with what is saved`;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}

import { resolve } from "node:path";

/** A file could not be written, such as on a full disk: the work that it was to keep is no worse for it. */
export class UnwrittenError extends Error {
  /** Name shown in a stack trace. */
  override name = "UnwrittenError";
}

/** The limit of open files in words: a process beyond it can open nothing, not even to read. */
export const NO_HANDLES =
  "this process may open no more files at a time (ulimit -n tells how many): raise the limit by ulimit -n 4096, or " +
  "have the administrator raise it, then run the command again";

/** Tells of a process that can open nothing more. */
export const OUT_OF_HANDLES = /too many open files( in system)?( \(os error \d+\))?/i;

/** Failures to open or write a file by the words and numbers of every system, with what to do. */
const KNOWN: readonly { told: RegExp; words: string }[] = [
  {
    told: /no space left|disk (is )?full|not enough space|quota exceeded|os error (28|112|122)\b/i,
    words: "the disk is full: make room, or take a folder on another disk",
  },
  {
    told: /read-only file system|write.protected/i,
    words: "the disk can only be read: take a folder on another disk",
  },
  {
    told: /file too large|os error 223\b/i,
    words:
      "no file may be that large here: raise the limit by ulimit -f unlimited, or take a folder on another disk",
  },
  {
    told: /file ?name too long|os error 206\b/i,
    words: "its path is too long: take a shorter name, or a folder less deep",
  },
  { told: OUT_OF_HANDLES, words: NO_HANDLES },
];

const [FULL] = KNOWN;

/** Tells whether a write failed for want of room: on the disk, or within what the user may take of the disk. */
export function isFull(cause: unknown): boolean {
  return FULL.told.test(textOf(cause));
}

/** The cause of a failed write, in words a user can act on; unknown causes in the words of the system. */
export function explain(cause: unknown, path: string): string {
  if (cause instanceof Deno.errors.NotCapable) {
    return `Deno may not write there: run it with --allow-read=${resolve(path)} --allow-write=${
      resolve(path)
    }`;
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return "permission denied: take a folder that you may write to";
  }
  if (cause instanceof Deno.errors.AlreadyExists || cause instanceof Deno.errors.NotADirectory) {
    return "a file of that name is in the way";
  }
  if (cause instanceof Deno.errors.IsADirectory) return "a folder of that name is in the way";
  if (cause instanceof Deno.errors.NotFound) return "the folder is gone";
  const text = textOf(cause);
  return KNOWN.find(({ told }) => told.test(text))?.words ?? text;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

import { basename, dirname, join, resolve } from "node:path";

/** A file could not be written, such as on a full disk: the work that it was to keep is no worse for it. */
export class UnwrittenError extends Error {
  /** Name shown in a stack trace. */
  override name = "UnwrittenError";
}

/**
 * Writes a file whole: nobody ever sees a part of it, and an earlier file stays until the new one is complete.
 *
 * @param options.sync True to wait until the bytes are on disk before the file gets its name: after a power cut the
 * name must not point at an empty file. Default true; `false` saves milliseconds a file where readers check the bytes.
 * @param options.earlier A path that an earlier file of this name moves to; by default it is gone.
 * @throws {UnwrittenError} when the file cannot be written.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { sync = true, earlier }: { sync?: boolean; earlier?: string } = {},
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const temporary = temporaryOf(path);
  try {
    using stack = new DisposableStack();
    const file = stack.use(await Deno.open(temporary, { write: true, createNew: true }));
    lock(file); // until it has its name, so that no other process takes it for one that was left behind
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    if (sync) await file.syncData();
    if (Deno.build.os === "windows") stack.dispose(); // it renames no open file
    if (earlier !== undefined && exists(path)) await Deno.rename(path, earlier);
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw new UnwrittenError(`Cannot write ${path}: ${explain(cause, path)}`);
  }
}

/**
 * Makes the folder of a file that is to be written, and makes sure that it can be, before any work starts.
 *
 * @returns An object whose disposal removes the folder if it was made here and is still empty.
 * @throws {Error} when no file can be written at this path.
 */
export function prepareFile(path: string): Disposable {
  const folder = dirname(path);
  try {
    const made = makeFolder(folder, path);
    if (exists(path) && !Deno.lstatSync(path).isFile) throw new Error("it is no file");
    return { [Symbol.dispose]: () => void (made && removeEmpty(folder)) };
  } catch (cause) {
    throw new Error(`Cannot write ${path}: ${explain(cause, path)}`);
  }
}

/** Makes sure that a file can be written into a folder, which is made if it is not there. @returns True if it was made. */
function makeFolder(folder: string, path: string): boolean {
  try {
    tryFile(temporaryOf(path)); // asks for no permission but those of the file
    return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.mkdirSync(folder, { recursive: true });
  tryFile(temporaryOf(path));
  return true;
}

/** Removes temporary files that a killed process left in a folder; a file that a process is writing stays. */
export function removeTemporary(folder: string): void {
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (TEMPORARY.test(name)) removeUnlocked(join(folder, name));
  }
}

function removeUnlocked(path: string): void {
  try {
    using file = Deno.openSync(path, { write: true });
    if (!lock(file)) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // it has just got its name
    throw error;
  }
  Deno.removeSync(path);
}

/** Locks an open file. @returns False if another process has locked it. */
function lock(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true; // a file system without locks
  }
}

/** Removes a folder if it is there and empty. */
export function removeEmpty(folder: string): void {
  try {
    Deno.removeSync(folder);
  } catch {
    // It holds files, or is gone.
  }
}

/** Writes a file into a folder and removes it. @throws {Error} when the folder cannot be written. */
export function probe(folder: string): void {
  tryFile(join(folder, temporaryName("probe")));
}

function tryFile(path: string): void {
  Deno.writeFileSync(path, new Uint8Array(1));
  Deno.removeSync(path);
}

/** Tells whether a path exists. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Temporary files by the absolute path of the file that each becomes, where their names are not this module's to choose. */
const known = new Map<string, string>();

/**
 * Gives files the temporary files that they are written to. A process that may write single files, not their folders, can
 * so be allowed the temporary files as well.
 *
 * @param temporaries A path in the same folder for each absolute path of a file.
 */
export function knowTemporaries(temporaries: ReadonlyMap<string, string>): void {
  for (const [path, temporary] of temporaries) known.set(path, temporary);
}

/** A temporary file's path, new each time unless {@linkcode knowTemporaries} gave it. */
export function temporaryOf(path: string): string {
  return known.get(resolve(path)) ?? join(dirname(path), temporaryName(basename(path)));
}

function temporaryName(name: string): string {
  return `.${name}.${crypto.randomUUID()}.tmp`;
}

const TEMPORARY = /^\..+\.[0-9a-f-]{36}\.tmp$/;

/** Tells whether a write failed for want of room: on the disk, or within what the user may take of the disk. */
export function isFull(cause: unknown): boolean {
  const told = cause instanceof Error ? cause.message : String(cause);
  return /no space left|disk (is )?full|not enough space|quota exceeded|os error (28|112|122)\b/i.test(told);
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
  if (cause instanceof Deno.errors.NotFound) return "the folder is gone";
  if (isFull(cause)) return "the disk is full: make room, or take a folder on another disk";
  return cause instanceof Error ? cause.message : String(cause);
}

import { basename, dirname, join, resolve } from "node:path";
import { explain } from "./cause.ts";
import { persist } from "./room.ts";
import { syncFolder } from "./sync.ts";

/**
 * Writes a file whole: nobody ever sees a part of it, and an earlier file stays until the new one is complete. On a full
 * disk a command waits for room, as {@linkcode persist} does.
 *
 * @param options.sync True to wait until the bytes are on disk before the file gets its name, and the name after: a power
 * cut then leaves no empty file, and none that is older. Default true; `false` saves milliseconds a file where readers
 * check the bytes.
 * @param options.earlier A path that an earlier file of this name moves to; by default it is gone.
 * @param options.wait False for a file that is no loss, for whose sake no command waits.
 * @throws {UnwrittenError} when the file cannot be written.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { sync = true, earlier, wait = true }: { sync?: boolean; earlier?: string; wait?: boolean } = {},
): Promise<void> {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  await persist(path, async () => {
    const temporary = temporaryOf(path);
    try {
      using stack = new DisposableStack();
      const file = stack.use(await Deno.open(temporary, { write: true, createNew: true }));
      tryLock(file); // until it has its name, so that no other process takes it for one that was left behind
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      if (sync) await file.syncData();
      if (Deno.build.os === "windows") stack.dispose(); // it renames no open file
      if (earlier !== undefined && exists(path)) await Deno.rename(path, earlier);
      await Deno.rename(temporary, path);
      if (sync) await syncFolder(dirname(path));
    } catch (error) {
      await Deno.remove(temporary).catch(() => {}); // which makes room for the wait
      throw error;
    }
  }, wait);
}

/**
 * Writes bytes to an open file, at its place. On a full disk a command waits for room, as {@linkcode persist} does.
 *
 * @param path Path of the file, for the user. @throws {UnwrittenError} when they cannot be written.
 */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array, path: string): Promise<void> {
  let at = 0; // a write that finds no room for all has written a part
  await persist(path, async () => {
    while (at < bytes.length) at += await file.write(bytes.subarray(at));
  });
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
  try {
    tryFile(temporaryOf(path));
  } catch (error) {
    removeEmpty(folder);
    throw error;
  }
  return true;
}

/**
 * Makes a temporary file for what is too large to be written at once. It is locked until it is closed, so that no other process
 * takes it for one that was left behind.
 *
 * @param path Its path, by {@linkcode temporaryOf}.
 */
export function makeTemporary(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { write: true, createNew: true });
  tryLock(file);
  return file;
}

/**
 * Removes temporary files that a killed process left in a folder; a file that a process is writing stays, and on a file
 * system without locks each.
 *
 * @param of The name of the file that they were to become; by default any.
 */
export function removeTemporary(folder: string, of: string | null = null): void {
  const beginning = of === null ? null : `.${shortened(of)}`;
  for (const { name } of [...Deno.readDirSync(folder)]) {
    const [all, its] = TEMPORARY.exec(name) ?? [];
    if (all && (beginning === null || its === beginning)) removeUnlocked(join(folder, name));
  }
}

function removeUnlocked(path: string): void {
  try {
    {
      using file = Deno.openSync(path, { write: true });
      if (!tryLock(file)) return;
    }
    Deno.removeSync(path);
  } catch (error) {
    // It has just got its name, or another process has removed it.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Locks an open file. @returns False if another process has locked it, null on a file system without locks. */
export function tryLock(file: Deno.FsFile): boolean | null {
  try {
    return file.tryLockSync(true);
  } catch {
    return null;
  }
}

/** Removes a file if it is there and may be removed. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or stays.
  }
}

/** Removes a folder if it is there and empty; a link to a folder stays. */
export function removeEmpty(folder: string): void {
  try {
    if (Deno.lstatSync(folder).isDirectory) Deno.removeSync(folder);
  } catch {
    // It holds files, or is gone.
  }
}

/** Writes a file into a folder and removes it. @param name The file to come. @throws {Error} when it cannot be written. */
export function probe(folder: string, name: string): void {
  tryFile(join(folder, temporaryName(name)));
}

function tryFile(path: string): void {
  try {
    Deno.writeFileSync(path, new Uint8Array(1));
  } finally {
    removeFile(path); // a full disk has made it, and found no room for its byte
  }
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

/** A name beside a file's. */
function temporaryName(name: string): string {
  return `.${shortened(name)}.${crypto.randomUUID()}.tmp`;
}

/** A name no longer than systems take with more behind: of a long name the beginning. */
function shortened(name: string): string {
  let letters = [...name];
  while (encoder.encode(letters.join("")).length > MOST_BYTES) letters = letters.slice(0, -1);
  return letters.join("");
}

/** Tells whether a file's name is that of a file that is being written, or that a killed process left. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

const encoder = new TextEncoder();

/** Bytes of a file's name in that of its temporary file, which systems take with 255 bytes at most. */
const MOST_BYTES = 200;

const TEMPORARY = /^(\..+)\.[0-9a-f-]{36}\.tmp$/;

import { dirname, join } from "node:path";
import { z } from "zod";
import {
  exists,
  explain,
  isTemporary,
  removeFile,
  removeTemporary,
  tellWriter,
  tryLock,
  UnwrittenError,
} from "../../../data/disk/mod.ts";
import { parseJson } from "../../../formats/json/mod.ts";
import { runFiles } from "../../results/run_files.ts";

/** The file in a run folder that names the process whose run it is. */
export const LOCK = "run.lock";

/** The process that has claimed a folder. */
const ownerSchema = z.object({
  pid: z.int().positive(),
  /** null where the process may not ask for it. */
  host: z.string().nullable(),
  /** ISO 8601, UTC. */
  started: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

/**
 * A claim on a run folder, from its making to its disposal: no other run writes to the folder meanwhile.
 *
 * The claim is a file that names its owner, made exclusively, and the system's lock on that file, which the system lets go
 * when the process ends however it ends. So the claim of a process that was killed is known by that its file is not locked. On
 * a file system without locks the file alone is the claim.
 */
export class RunLock implements Disposable {
  #file: Deno.FsFile | null;

  private constructor(
    private readonly path: string,
    file: Deno.FsFile,
    /** A sentence on the claim of a killed process that was taken over; null without. */
    readonly told: string | null,
  ) {
    this.#file = file;
  }

  /**
   * Claims a folder that is there.
   *
   * @param host Name of this host, where it is known.
   * @throws {Error} when another process has claimed it; the message names the process.
   */
  static claim(folder: string, host: string | null = hostName()): RunLock {
    const path = join(folder, LOCK);
    for (;;) {
      const [file, isNew] = openOrMake(path);
      try {
        const isLocked = tryLock(file);
        if (isLocked === false) {
          throw new ClaimedError(`${words(ownerIn(path))} is at work in it: ${WAIT}`);
        }
        // The owner that ended a moment ago may have removed the file after it was opened here.
        if (!isAt(file, path)) {
          file.close();
          continue;
        }
        const former = ownerIn(path);
        if (isElsewhere(former, host) || isLocked === null && !isNew) {
          throw new Error(
            `${
              words(former)
            } claimed it, and nobody here can tell whether that process lives: where it is gone, remove ${path} ` +
              "and try again",
          );
        }
        const isLeft = file.statSync().size > 0;
        try {
          write(file, { pid: Deno.pid, host, started: new Date().toISOString() });
        } catch (error) {
          if (!isLeft) removeFile(path); // on a full disk
          throw error;
        }
        const told = isLeft
          ? `${words(former)} had claimed ${folder} and is gone: this run takes it over`
          : null;
        return new RunLock(path, file, told);
      } catch (error) {
        file.close();
        throw error;
      }
    }
  }

  /**
   * The claim that holds from now on: this one or, where the folder was removed since, a new one on the folder made again.
   *
   * @throws {UnwrittenError} when the folder cannot be made, or another run has claimed it since.
   */
  renewed(): RunLock {
    if (this.#file === null || isAt(this.#file, this.path)) return this;
    const folder = dirname(this.path);
    try {
      if (!exists(folder)) {
        Deno.mkdirSync(folder, { recursive: true });
        tellWriter(`The run folder ${folder} was gone: it is made again`);
      }
      return RunLock.claim(folder);
    } catch (cause) {
      throw new UnwrittenError(`Cannot write to the run folder ${folder}: ${explain(cause, folder)}`);
    }
  }

  /** Gives the folder back. */
  [Symbol.dispose](): void {
    if (this.#file === null) return;
    const isLost = !isAt(this.#file, this.path); // then it may be another run's claim that is there
    // Removed while it is locked: nobody else can have claimed the folder by this file. Windows removes no open file.
    if (Deno.build.os === "windows") this.#file.close();
    if (!isLost) removeFile(this.path);
    if (Deno.build.os !== "windows") this.#file.close();
    this.#file = null;
  }
}

/** Thrown where a process that lives, or is just ending, has claimed the folder. */
class ClaimedError extends Error {}

const WAIT = "wait until it has ended, or take another folder";

/** The name of this host, where the process may ask for it. */
function hostName(): string | null {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : null;
}

function openOrMake(path: string): [file: Deno.FsFile, isNew: boolean] {
  try {
    return [Deno.openSync(path, { read: true, write: true, createNew: true }), true];
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return [Deno.openSync(path, { read: true, write: true, create: true }), false];
  }
}

/** The owner that a lock file names; null where it names none, or cannot be read while it is locked. */
function ownerIn(path: string): Owner | null {
  try {
    return ownerSchema.parse(parseJson(Deno.readTextFileSync(path)));
  } catch {
    return null;
  }
}

/** True if the owner is of another host, whose locks may not be seen here. */
function isElsewhere(owner: Owner | null, host: string | null): boolean {
  return host !== null && (owner?.host ?? host) !== host;
}

function words(owner: Owner | null): string {
  if (owner === null) return "another run";
  const { pid, host, started } = owner;
  return `process ${pid}${host === null ? "" : ` on ${host}`}, begun at ${started},`;
}

function write(file: Deno.FsFile, owner: Owner): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(owner)}\n`);
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** True if a path still leads to an open file. @throws {Error} when the process may not look there. */
function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    return Deno.statSync(path).ino === file.statSync().ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error; // else who waits for the path to be back would wait for ever
  }
}

/** Makes the first of `<name>`, `<name>-2`, … that does not exist, and claims it; a folder that was abandoned counts as none. */
export function claimNew<T>(root: string, name: string, claim: (path: string) => T): T {
  Deno.mkdirSync(root, { recursive: true });
  for (let n = 1;; n++) {
    const path = join(root, n === 1 ? name : `${name}-${n}`);
    try {
      Deno.mkdirSync(path); // fails if it exists, so two runs never share a folder
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      if (!isAbandoned(path)) continue;
      try {
        return claim(path);
      } catch {
        continue; // its run has just begun, and lives
      }
    }
    return claim(path);
  }
}

/**
 * True if a folder holds no more than what a run leaves that was killed while it began, before it told its user anything;
 * or the process that the claim names lives, and has just begun.
 */
function isAbandoned(path: string): boolean {
  const kept: string[] = [LOCK, runFiles.config];
  // A claim without a name may be another process's that is about to lock it.
  if (ownerIn(join(path, LOCK)) === null) return false;
  return [...Deno.readDirSync(path)].every(({ name }) => kept.includes(name) || isTemporary(name));
}

/** Milliseconds that an ending process is waited for, and between two looks. */
const ENDING = { most: 3000, look: 50 };

/**
 * Claims the folder of an interrupted run. Its process may have been killed a moment ago: the system lets its lock go once it
 * has taken the process down, and a launcher such as mpirun does not wait for that.
 *
 * @throws {Error} when another process is at work in it, and stays.
 */
export function claimAgain(path: string): RunLock {
  for (let waited = 0;; waited += ENDING.look) {
    try {
      return RunLock.claim(path);
    } catch (cause) {
      if (!(cause instanceof ClaimedError) || waited >= ENDING.most) {
        throw new Error(`Cannot resume ${path}: ${explain(cause, path)}`);
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ENDING.look);
  }
}

/** Removes the claim of a run that was killed once its last save was removed, and what it was writing. */
export function removeClaim(folder: string): void {
  if (!exists(join(folder, LOCK))) return;
  try {
    using _lock = RunLock.claim(folder);
    removeTemporary(folder);
  } catch {
    // A process is at work in it, or the folder cannot be written to.
  }
}

import { dirname } from "node:path";
import { exists, explain, writeWhole } from "../../data/disk/mod.ts";
import { faultIn } from "./work_file.ts";

/** A file that is there cannot be read, as where no more files can be opened: what it holds may be whole. */
export class UnreadableError extends Error {
  /** Name shown in a stack trace. */
  override name = "UnreadableError";
}

/** The bytes of a file; null where there is none. @throws {UnreadableError} when it cannot be read. */
export async function bytesAt(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw new UnreadableError(`Cannot read ${path}: ${explain(cause, path)}`, { cause });
  }
}

/** The newest work that can be read. */
export interface Newest {
  bytes: Uint8Array;
  /** A sentence on a newer save that could not be read; null where there is none. */
  told: string | null;
}

/**
 * The two newest saves of a run's work, each in a file of its own. A save that was damaged since, such as by a disk or by a
 * power cut, costs the run only the work after the save before it.
 */
export class Generations {
  /** The file of the save before the newest. */
  readonly before: string;

  /** @param path The file of the newest save. */
  constructor(readonly path: string) {
    this.before = path.replace(/\.safetensors$/, "-before.safetensors");
  }

  /** True if there is a save. */
  get exist(): boolean {
    return exists(this.path) || exists(this.before);
  }

  /** Writes a save; the newest one becomes the one before. @throws {UnwrittenError} when it cannot be written. */
  async write(bytes: Uint8Array): Promise<void> {
    await writeWhole(this.path, bytes, { earlier: this.before });
  }

  /** Removes both saves. */
  async remove(): Promise<void> {
    // The newest one last: a run that is killed here goes on from it.
    for (const path of [this.before, this.path]) await Deno.remove(path).catch(() => {});
  }

  /**
   * Reads the newest save that is whole; a damaged one that is newer is removed.
   *
   * @returns null where there is no save. @throws {Error} when no save is whole, with the faults of both.
   * @throws {UnreadableError} when a save cannot be read.
   */
  async read(): Promise<Newest | null> {
    const faults: string[] = [];
    for (const path of [this.path, this.before]) {
      const bytes = await bytesAt(path);
      if (bytes === null) continue;
      const fault = faultIn(bytes);
      if (fault !== null) {
        faults.push(`${path} is damaged: ${fault}`);
        continue;
      }
      if (path === this.path) return { bytes, told: null };
      await Deno.rename(this.before, this.path); // the next save must not take the place of this one
      const why = faults[0] ?? `${this.path} is gone`;
      return { bytes, told: `The run goes on from the save before its newest: ${why}` };
    }
    if (faults.length === 0) return null;
    throw new Error(`Cannot resume ${dirname(this.path)}: ${faults.join("; ")}`);
  }
}

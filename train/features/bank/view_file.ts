import { parseJson } from "../../../formats/json/mod.ts";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { explain, persist, tryLock, writeAll, writeWhole } from "../../../data/disk/mod.ts";
import { DiskRows } from "./disk_rows.ts";
import type { Part, RowSink } from "../rows.ts";
import { gapsOf, type Index, indexText, parseIndex, type Shard } from "./shards.ts";

/** Rows after which a shard ends. */
const SHARD_ROWS = 4096;

/** Longest time for which rows that were computed wait for their shard's end, in milliseconds. */
const SHARD_MS = 30_000;

/** Bytes read at once while a file is checked. */
const CHUNK = 4 * 2 ** 20;

/** Rows on their way to a file. */
export interface PartSink extends RowSink {
  /** Ends the last shard, whole or not: rows put so far are kept. */
  end(): Promise<void>;
}

/**
 * A file of rows that is written shard by shard, with an index beside it. A shard enters the index when its bytes are
 * on disk, so the index of a file that a killed run leaves tells which rows are missing.
 */
export class ViewFile implements Disposable {
  readonly #file: Deno.FsFile;
  #index: Index;

  private constructor(readonly path: string, file: Deno.FsFile, index: Index) {
    this.#file = file;
    this.#index = index;
  }

  /**
   * Opens or begins a file, and keeps other runs from writing it until it is closed.
   *
   * @param wait Called again and again while another run writes the file.
   * @throws {UnwrittenError} when the file cannot be written to.
   */
  static async open(
    path: string,
    { about, count, width }: Pick<Index, "about" | "count" | "width">,
    wait: () => Promise<void>,
  ): Promise<ViewFile> {
    for (;;) {
      const file = await persist(path, () => begin(path));
      try {
        while (tryLock(file) === false) await wait();
        // The run that had the file may have removed it meanwhile.
        if (await isAt(file, path)) {
          return new ViewFile(path, file, { about, count, width, once: true, shards: [] });
        }
      } catch (error) {
        file.close();
        throw error;
      }
      file.close();
    }
  }

  /** Path of the index. */
  get indexPath(): string {
    return indexOf(this.path);
  }

  /** True if the file is to be removed once it was read. */
  get once(): boolean {
    return this.#index.once;
  }

  /** Rows of the whole file. */
  get count(): number {
    return this.#index.count;
  }

  /** Values of a row. */
  get width(): number {
    return this.#index.width;
  }

  /** Number of rows in the file so far. */
  get there(): number {
    return this.#index.shards.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** All rows, once no row is missing. */
  get rows(): DiskRows {
    return new DiskRows(this.path, this.count, this.width);
  }

  /** The parts that no shard has. */
  get missing(): Part[] {
    return gapsOf(this.#index.shards, this.count);
  }

  /**
   * Reads the index and checks each shard by its digest; a shard with another digest counts as missing.
   *
   * @returns The parts that were damaged; null if the index itself is damaged.
   * @throws {Error} when the index cannot be read, such as where no more files can be opened: its rows may be good.
   */
  async check(): Promise<Part[] | null> {
    const text = await textAt(this.indexPath);
    if (text === null) return [];
    try {
      this.#index = parseIndex(text, this.#index);
    } catch {
      return null;
    }
    const good: Shard[] = [];
    for (const shard of this.#index.shards) {
      if (await this.#digest(shard) === shard.sha256) good.push(shard);
    }
    const damaged = gapsOf(good, this.count).filter(({ from, to }) =>
      this.#index.shards.some((shard) => shard.from < to && from < shard.to)
    );
    this.#index = { ...this.#index, shards: good };
    return damaged;
  }

  /** Keeps the file after it was read, if `keep` is true; a file that was to stay stays either way. */
  async keep(keep: boolean): Promise<void> {
    if (!keep || !this.once) return;
    const index = { ...this.#index, once: false };
    if (index.shards.length > 0) await this.#write(index);
    this.#index = index;
  }

  /** Takes the rows of a missing part, in order. */
  sink(part: Part): PartSink {
    const bytes = 4 * this.width;
    let [from, to, since, hash] = [part.from, part.from, performance.now(), createHash("sha256")];
    const end = async () => {
      if (to === from) return;
      // The bytes before the index: after a power cut the index must not name rows that are not on disk.
      await persist(this.path, () => this.#file.syncData());
      const shard: Shard = { from, to, sha256: hash.copy().digest("hex") };
      const shards = [...this.#index.shards, shard].sort((a, b) => a.from - b.from);
      const index = { ...this.#index, shards };
      await this.#write(index);
      this.#index = index;
      [from, since, hash] = [to, performance.now(), createHash("sha256")];
    };
    const put = async (samples: Uint32Array, rows: Float32Array) => {
      const values = new Uint8Array(rows.buffer, rows.byteOffset, samples.length * bytes);
      await this.#file.seek(to * bytes, Deno.SeekMode.Start);
      await writeAll(this.#file, values, this.path);
      hash.update(values);
      to += samples.length;
      if (to - from >= SHARD_ROWS || performance.now() - since >= SHARD_MS || to === part.to) await end();
    };
    return { put, end };
  }

  /** Closes the file; other runs may write it from now on. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #write(index: Index): Promise<void> {
    await writeWhole(this.indexPath, indexText(index));
  }

  async #digest({ from, to }: Part): Promise<string> {
    const bytes = 4 * this.width;
    const hash = createHash("sha256");
    const chunk = new Uint8Array(CHUNK);
    await this.#file.seek(from * bytes, Deno.SeekMode.Start);
    for (let left = (to - from) * bytes; left > 0;) {
      const got = await this.#file.read(chunk.subarray(0, Math.min(left, CHUNK)));
      if (got === null) break; // cut short: another digest
      hash.update(chunk.subarray(0, got));
      left -= got;
    }
    return hash.digest("hex");
  }
}

/** The path of the index of a file of rows. */
export function indexOf(path: string): string {
  return path.replace(/\.f32$/, ".json");
}

async function begin(path: string): Promise<Deno.FsFile> {
  await Deno.mkdir(dirname(path), { recursive: true });
  return await Deno.open(path, { read: true, write: true, create: true });
}

/** The text of a file; null where there is no such file. */
async function textAt(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw new Error(`Cannot read ${path}: ${explain(cause, path)}`, { cause });
  }
}

/** True if a path still leads to an open file. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  const there = Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  return (await there)?.ino === (await file.stat()).ino;
}

/**
 * Removes a file of rows and its index, unless another run writes the file or wants it kept. The index goes first: rows
 * without an index count for nothing. The folder goes with its last file.
 */
export async function removeOnce(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true }).catch(() => null);
  if (!file || tryLock(file) === false) return;
  const index = await Deno.readTextFile(indexOf(path)).then(parseJson).catch(() => null) as
    | Partial<Index>
    | null;
  if (index?.once === false) return;
  for (const gone of [indexOf(path), path, dirname(path)]) await Deno.remove(gone).catch(() => {});
}

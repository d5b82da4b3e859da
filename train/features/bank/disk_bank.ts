import { plural } from "../../progress/count.ts";
import { dirname, join } from "node:path";
import { isFull, prepareFile, removeTemporary, UnwrittenError } from "../../../data/disk/mod.ts";
import { digestOf, type ImageSet } from "../../../data/mod.ts";
import { bytesIn, formatBytes } from "../../progress/bytes.ts";
import type { Config } from "../../config/load.ts";
import type { Extractor } from "../extractor.ts";
import type { Pass } from "../pass.ts";
import type { Progress } from "../../progress/progress.ts";
import type { Setup } from "../../setup/setup.ts";
import type { FeatureBank } from "./bank.ts";
import { bankKey } from "./key.ts";
import type { FeatureRows, Part } from "../rows.ts";
import { removeOnce, ViewFile } from "./view_file.ts";

/** Waiting for another run, in milliseconds between two looks. */
const WAIT_MS = 500;

/** The objects that a disk bank works with. */
export interface DiskBankParts {
  setup: Setup;
  config: Pick<Config, "seed">;
  extractor: Extractor;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Features in files, which any run with the same images, augmentation, seed and backbone finds again:
 *
 *     <folder>/<key>/view-1.f32     [images, width] f32 little-endian, row by row (numpy.memmap reads it as it is)
 *     <folder>/<key>/view-1.json    its shards with their SHA-256
 *
 * Frozen statistics only: a row by updated statistics depends on the batches before it, and cannot be computed alone.
 */
export class DiskBank implements FeatureBank {
  /** Digests of the image sets, kept: making a digest reads or looks for all images of the set. */
  readonly #digests = new Map<ImageSet, string>();
  /** The file to remove once its rows were used. */
  #once: string | null = null;

  /** @param folder Folder of all banks. */
  constructor(readonly folder: string, private readonly parts: DiskBankParts) {}

  /**
   * The features of a pass over a set: intact rows of the file, and the missing rows computed.
   *
   * @param options.once True if the rows are used only once: the file is removed when the next file is whole.
   * @throws {Error} when rows cannot be written; rows written before stay.
   * @throws {Interrupted} when the run was stopped; rows computed by then are kept.
   */
  async rows(set: ImageSet, pass: Pass, { once = false } = {}): Promise<FeatureRows> {
    const path = this.#begin(set, pass);
    using file = await this.#open(path, set, pass);
    await this.#check(file, pass.name);
    await file.keep(!once);
    for (const part of file.missing) await this.#compute(file, set, pass, part);
    if (this.#once !== path) await this.#release();
    if (once) await removeEarlier(path, pass.view);
    if (!file.once) return file.rows;
    this.#once = path;
    return file.rows.open(); // another run may remove the file once it has used the rows
  }

  /** Removes the file that was used only once, and prints the size of all banks. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
    const { progress } = this.parts;
    progress.line(
      `${this.folder} holds ${formatBytes(bytesIn(this.folder))} of features, for other runs too`,
    );
  }

  async #release(): Promise<void> {
    if (this.#once) await removeOnce(this.#once);
    this.#once = null;
  }

  /** The path of a view, in a folder that can be written to. */
  #begin(set: ImageSet, pass: Pass): string {
    const { setup, config: { seed } } = this.parts;
    const digest = this.#digests.get(set) ?? digestOf(set);
    this.#digests.set(set, digest);
    const folder = join(this.folder, bankKey(setup, set, digest, pass, seed));
    // Without random changes all views are alike.
    const path = join(folder, `view-${pass.augment ? pass.view : 0}.f32`);
    prepareFile(path);
    removeTemporary(folder);
    return path;
  }

  async #open(path: string, { count, height, width, channels }: ImageSet, pass: Pass): Promise<ViewFile> {
    const { setup: { network, dataset }, config: { seed }, progress, signal } = this.parts;
    const changes = pass.augment && `view ${pass.view}, seed ${seed}, ${JSON.stringify(pass.augment)}`;
    const about =
      `${dataset.name}: ${number(count)} images of ${height}x${width}x${channels} by ${network.name}, ` +
      (changes ?? "as they are");
    let told = false;
    return await ViewFile.open(path, { about, count, width: network.features }, async () => {
      if (!told) progress.line(`Waiting for another run that writes ${path}`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      signal.throwIfAborted();
    });
  }

  /** Checks the rows in a file by their digests, and prints which rows are damaged. */
  async #check(file: ViewFile, name: string): Promise<void> {
    const { progress } = this.parts;
    const damaged = await file.check();
    if (damaged === null) progress.line(`${file.indexPath} is damaged: all of "${name}" is computed again`);
    for (const { from, to } of damaged ?? []) {
      progress.line(
        `${file.path} is damaged: rows ${number(from)} to ${number(to - 1)} of "${name}" are computed again`,
      );
    }
    const { there, count } = file;
    if (there > 0) progress.line(`${name}: ${number(there)} of ${plural(count, "row")} are in ${file.path}`);
  }

  async #compute(file: ViewFile, set: ImageSet, pass: Pass, part: Part): Promise<void> {
    const sink = file.sink(part);
    try {
      await this.parts.extractor.extract(set, pass, {
        async put(samples, rows) {
          try {
            await sink.put(samples, rows);
          } catch (cause) {
            throw unwritten(file, cause as Error);
          }
        },
      }, part);
    } catch (error) {
      // Rows computed so far are kept if possible; the caller gets the first error.
      await sink.end().catch(() => {});
      throw error;
    }
  }
}

/** Removes single-use files of earlier views, which a killed run leaves. A run that has such a file open still reads it. */
async function removeEarlier(path: string, view: number): Promise<void> {
  const folder = dirname(path);
  for (const { name } of [...Deno.readDirSync(folder)]) {
    const number = /^view-(\d+)\.f32$/.exec(name)?.[1];
    if (number && Number(number) < view && join(folder, name) !== path) await removeOnce(join(folder, name));
  }
}

/** An error for rows that could not be written, in words a user can act on. */
function unwritten({ path, there, count, width }: ViewFile, cause: Error): UnwrittenError {
  const why = isFull(cause) ? "the disk is full" : cause.message;
  return new UnwrittenError(
    `Cannot keep the features in ${path}: ${why}: ${number(there)} of ${
      number(count)
    } rows are there and need not be ` +
      `computed again; free ${
        formatBytes(4 * width * (count - there))
      } for the others, or set featureBank=memory`,
    { cause },
  );
}

function number(value: number): string {
  return value.toLocaleString("en");
}

import { dirname, join } from "node:path";
import {
  exists,
  explain,
  probe,
  removeEmpty,
  removeFile,
  removeTemporary,
  syncFolder,
  writeWhole,
} from "../../../data/disk/mod.ts";
import { configToYaml } from "../../config/load.ts";
import { runFiles, RUNS } from "../../results/run_files.ts";
import { pathWord } from "../../flags/shell_word.ts";
import { ownPath } from "../../flags/standing.ts";
import { claimAgain, claimNew, removeClaim, RunLock } from "./run_lock.ts";
import { Generations } from "../../saved/generations.ts";
import type { RunConfig } from "../../config/schema/parts.ts";

export { runFiles };

/**
 * The folder a run writes to. Every file is written whole: to a temporary name beside it, then renamed.
 *
 * The folder is this process's alone until disposal, which removes it if it holds nothing but the files of `begin`.
 */
export class RunFolder implements Disposable {
  /** Flags that the command gives again which goes on with the run, or repeats it. */
  again = "";
  /** The command of a run that can go on; null for another run. */
  #task: string | null = null;
  /** Sentences for the user on the folder as it was found. */
  readonly news: string[] = [];
  /** True if the folder holds no more than the files of `begin`. */
  #begun = false;
  /** True if files without a summary are of no use. */
  #wholeOnly = false;
  /** Writes the files of `begin`; null where there is nothing to write. */
  #beginning: (() => Promise<void>) | null = null;
  readonly #work: Generations;
  /** The claim of this process; null before it. */
  #lock: RunLock | null = null;
  /** The newest contents of `config.yaml`, which a run cannot go on without; null before. */
  #config: string | null = null;

  /** @param path The folder, as the user would name it. */
  private constructor(readonly path: string) {
    this.#work = new Generations(join(path, runFiles.work));
  }

  /**
   * Makes the run folder and makes sure that it can be written to, before any work starts.
   *
   * Without `out` it is a new folder `runs/<name>`, or `<name>-2`, `<name>-3` and so on: no run overwrites
   * another. With `out` it is that folder, which must not hold a run yet.
   *
   * @param name Name of the run.
   * @param out Folder given by the user, or null.
   * @param root Folder of the runs without `out`.
   * @throws {Error} when the folder cannot be written to or holds a run already.
   */
  static open(name: string, out: string | null = null, root = ownPath(RUNS)): RunFolder {
    try {
      if (out === null) return claimNew(root, name, (path) => RunFolder.#claim(path));
      Deno.mkdirSync(out, { recursive: true });
      return RunFolder.#claim(out);
    } catch (cause) {
      throw new Error(
        `Cannot write to the run folder ${out ?? join(root, name)}: ${explain(cause, out ?? root)}`,
      );
    }
  }

  /** Claims a folder that holds no run yet. */
  static #claim(path: string): RunFolder {
    using stack = new DisposableStack();
    stack.defer(() => removeEmpty(path)); // on a full disk it may be new, and empty
    const folder = stack.use(new RunFolder(path));
    folder.#lock = RunLock.claim(path);
    if (folder.#lock.told) folder.#clear(folder.#lock.told);
    const earlier = Object.values(runFiles).filter((file) => exists(join(path, file)));
    if (folder.#work.exist) {
      const flag = `--resume ${pathWord(path)}`;
      throw new Error(`it holds a run that was cut off: go on with that by ${flag}, or take another folder`);
    }
    if (earlier.length > 0) {
      throw new Error(`it holds ${earlier[0]} of an earlier run: take another folder or remove that one`);
    }
    probe(path, LONGEST);
    stack.move();
    return folder;
  }

  /**
   * The folder of an interrupted run, to go on with it.
   *
   * @param task The command of the run. @throws {Error} when the folder holds no such run, or another process is at work in it.
   */
  static reopen(path: string, task: string): RunFolder {
    const folder = new RunFolder(path);
    if (folder.#work.exist) {
      folder.#lock = claimAgain(path);
      if (folder.#lock.told) folder.news.push(folder.#lock.told);
      // The process that had the folder a moment ago may have ended its run.
      if (folder.#work.exist) {
        removeTemporary(path);
        folder.#task = task;
        if (exists(folder.configFile)) folder.#config = Deno.readTextFileSync(folder.configFile);
        return folder;
      }
      folder[Symbol.dispose]();
    }
    removeClaim(path);
    const why = exists(join(path, runFiles.summary))
      ? "has none: the run in it is whole"
      : exists(path)
      ? "has none: no interrupted run is in it"
      : "is not there";
    throw new Error(`Cannot resume ${path}: it takes a folder with ${runFiles.work}, current one ${why}`);
  }

  /** Removes the files of a run that was killed while it began, before it could go on. @param told The sentence on that run. */
  #clear(told: string): void {
    this.news.push(told);
    removeTemporary(this.path);
    const there = Object.values(runFiles).filter((file) => exists(join(this.path, file)));
    if (there.join() === runFiles.config) removeFile(join(this.path, runFiles.config));
  }

  /** Makes the folder go with its disposal unless it has a summary: the command begins again where it was cut off. */
  wholeOnly(): this {
    this.#wholeOnly = true;
    return this;
  }

  /**
   * Tells the files from which a run goes on if it is killed near its start. {@linkcode RunFolder.begin} writes them, once
   * somebody listens for the signals that ask a run to stop.
   *
   * @param work The work that the run begins with. @param flags Flags that repeat the run, besides its config.
   */
  willBegin(config: RunConfig, task: string, work: Uint8Array, flags = ""): void {
    this.#task = task;
    this.#beginning = async () => {
      await this.writeConfig(config, task + flags);
      await this.writeWork(work);
    };
  }

  /** Writes the files of {@linkcode RunFolder.willBegin}, where the run is a new one that can go on. */
  async begin(): Promise<void> {
    if (this.#beginning === null) return;
    await this.#beginning().finally(() => this.#begun = true); // also on a full disk
    await syncFolder(dirname(this.path)); // else a power cut may take a new folder as a whole
    this.#beginning = null;
  }

  /** Keeps the folder of a run that has only begun: its work so far is in the cache. */
  keep(): void {
    this.#begun = false;
  }

  /** Keeps the folder of a run whose work could not be written. @returns Words: what is lost, and how to go on. */
  unsaved(): string {
    this.keep();
    return `What was worked out since the last save is lost. To go on from that save:\n  ${this.goOn}`;
  }

  /** Removes what a run leaves that failed before it had a result. The folder goes with its disposal. */
  async discard(): Promise<void> {
    await this.removeWork();
    const { trainList, testList, validationList, classNames } = runFiles;
    for (const name of [trainList, testList, validationList, classNames]) removeFile(join(this.path, name));
    this.#begun = true;
  }

  /** The command that goes on with the run in the folder; null for a run that cannot go on. */
  get goOn(): string | null {
    return this.#task && `deno task ${this.#task} --resume ${pathWord(this.path)}${this.again}`;
  }

  /** Path of the effective config. */
  get configFile(): string {
    return join(this.path, runFiles.config);
  }

  /**
   * The newest work of the interrupted run that is whole, as {@linkcode RunFolder.writeWork} wrote it.
   *
   * @throws {Error} when neither the newest save nor the one before it is whole.
   */
  async readWork(): Promise<Uint8Array> {
    const { bytes, told } = (await this.#work.read())!;
    if (told) this.news.push(told);
    return bytes;
  }

  /** Writes `work.safetensors`; the save before stays beside it. */
  async writeWork(bytes: Uint8Array): Promise<void> {
    await this.#hold();
    await this.#work.write(bytes);
    this.#begun = false;
  }

  /** Removes the saves of the work: the run is whole. */
  async removeWork(): Promise<void> {
    await this.#work.remove();
  }

  /** Writes `config.yaml`, the effective config, with the command that repeats the run. */
  async writeConfig(config: RunConfig, task = "finetune"): Promise<void> {
    const command = `deno task ${task} --config ${join(this.path, runFiles.config)}${this.again}`;
    this.#config = `# To repeat this run: ${command}\n${configToYaml(config)}`;
    await this.write(runFiles.config, this.#config);
  }

  /** Gives the folder back to other runs, and removes it if it holds nothing, or only the files of `begin`. */
  [Symbol.dispose](): void {
    if (this.#lock === null) return; // closed already, or the folder is another run's
    const { config, work, workBefore, summary } = runFiles;
    const useless = this.#begun
      ? [config, work, workBefore]
      : this.#wholeOnly && !exists(join(this.path, summary))
      ? Object.values(runFiles)
      : [];
    for (const name of useless) removeFile(join(this.path, name));
    this.#lock[Symbol.dispose]();
    this.#lock = null;
    removeEmpty(this.path);
  }

  /** Writes a file of this name. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    await this.#hold();
    await writeWhole(join(this.path, name), content);
    this.#begun = false;
  }

  /** Makes and claims the folder again if it was removed since. */
  async #hold(): Promise<void> {
    const before = this.#lock;
    this.#lock = before?.renewed() ?? null;
    if (this.#lock === before) return;
    before?.[Symbol.dispose]();
    if (this.#config !== null) await writeWhole(this.configFile, this.#config);
  }
}

/** The file of a run folder with the longest name: if that can be written, all can. */
const LONGEST = Object.values(runFiles).reduce((a, b) => a.length > b.length ? a : b);

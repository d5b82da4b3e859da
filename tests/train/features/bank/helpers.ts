// A bank of the made-up problem's features, and what befalls it.

import { join } from "node:path";
import type { ImageSet } from "../../../../data/mod.ts";
import { DiskBank } from "../../../../train/features/bank/disk_bank.ts";
import { type FeatureRows, range } from "../../../../train/features/rows.ts";
import type { Config } from "../../../../train/config/load.ts";
import { Extractor } from "../../../../train/features/extractor.ts";
import type { Pass } from "../../../../train/features/pass.ts";
import { Interrupted } from "../../../../train/terminal/interrupt.ts";
import { TerminalProgress } from "../../../../train/terminal/progress.ts";
import type { Setup } from "../../../../train/setup/setup.ts";
import { filesIn } from "../../command.ts";
import { Problem } from "../../problem.ts";

/** An augmented pass. */
export const augmented: Pass = {
  name: "view",
  view: 1,
  augment: { pad: 1, flip: true },
  statistics: "frozen",
};

/** A bank in a folder of its own. */
export class Bank implements Disposable {
  /** Of all banks; a new one by `anew`. */
  folder = "";
  /** What was told by the last call of `rows`. */
  told = "";
  private constructor(
    readonly problem: Problem,
    readonly setup: Setup,
    readonly config: Config,
  ) {}

  /** Opens it. */
  static async open(): Promise<Bank> {
    const problem = new Problem();
    const { setup, config } = await problem.setUp();
    const bank = new Bank(problem, setup, { ...config, workers: 0 });
    bank.anew();
    return bank;
  }

  /** Begins an empty folder. */
  anew(): void {
    this.folder = Deno.makeTempDirSync({ dir: this.problem.folder });
  }

  /** The values of a pass through a bank on disk. @param stopAt The number of the stretch at which the run is stopped. */
  async rows(
    pass: Pass = augmented,
    { set = this.setup.train, stopAt = 0, once = false, seed = 0, setup = this.setup }: {
      set?: ImageSet;
      stopAt?: number;
      once?: boolean;
      seed?: number;
      setup?: Setup;
    } = {},
  ): Promise<Float32Array> {
    this.told = "";
    let asked = 0;
    const throwIfAborted = () => {
      if (++asked === stopAt) throw new Interrupted(130);
    };
    const { signal } = new AbortController();
    Object.defineProperty(signal, "throwIfAborted", { value: throwIfAborted });
    const progress = new TerminalProgress({ mode: "lines", write: (text) => this.told += text });
    const config = { ...this.config, seed };
    using extractor = new Extractor(setup, config, progress, signal);
    const bank = new DiskBank(this.folder, { setup, config, extractor, progress, signal });
    return valuesOf(await bank.rows(set, pass, { once }));
  }

  /** The values of the same pass in memory. */
  async inMemory(pass: Pass = augmented): Promise<Float32Array> {
    const progress = new TerminalProgress({ mode: "quiet" });
    using extractor = new Extractor(this.setup, this.config, progress, new AbortController().signal);
    return (await extractor.rows(this.setup.train, pass)).values;
  }

  /** The files of the only bank in the folder. */
  get files(): string[] {
    return filesIn(join(this.folder, this.key));
  }

  /** The name of the only bank in the folder. */
  get key(): string {
    const [key, ...more] = filesIn(this.folder);
    if (more.length > 0) throw new Error(`There are ${1 + more.length} banks`);
    return key;
  }

  /** The path of the first view's rows or index. */
  path(ending: "f32" | "json"): string {
    return join(this.folder, this.key, `view-1.${ending}`);
  }

  [Symbol.dispose](): void {
    this.setup[Symbol.dispose]();
  }
}

/** All values of rows. */
export function valuesOf(rows: FeatureRows): Float32Array {
  const values = new Float32Array(rows.count * rows.width);
  rows.gather(range(0, rows.count), values);
  rows.close();
  return values;
}

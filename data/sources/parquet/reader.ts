import { Worker } from "node:worker_threads";
import { needHandles, WORKER_HANDLES } from "../../disk/mod.ts";
import type { FromParquetWorker, Questions } from "./questions.ts";

/** Limits of time and memory for reading; tests set them lower. */
export interface ParquetLimits {
  /** Seconds for one answer: a row group of 100 MB is unpacked within a few seconds, the rest is for slow disks. */
  seconds: number;
  /** MiB of values beside the images; a million labels take 50 MiB. */
  heap: number;
}

/** The end of a wait: an answer, a limit that is met, or the end of the Worker itself, in words. */
type Outcome = FromParquetWorker | { limit: unknown };

/** Code of the error that Deno gives for a Worker beyond its memory. */
const OUT_OF_MEMORY = "ERR_WORKER_OUT_OF_MEMORY";

/**
 * Reads Parquet files in a Worker, one answer after another: in a damaged file the package that reads them may loop
 * for ever or fill memory, and only ending the Worker stops that.
 *
 * This thread makes the Worker, which takes a second where this thread is a Worker too (data/workers/start.ts): in Deno 2.9
 * only Node's Workers have a limit of memory, and only Deno's own can be given fewer permissions than their maker has.
 */
export class ParquetReader implements AsyncDisposable {
  #worker: Worker | null = null;
  /** Set where the Worker ended by itself, perhaps between two answers. */
  #end: Outcome | null = null;
  /** Takes the outcome while somebody waits. */
  #hear: (outcome: Outcome) => void = () => {};

  /** @param script Module of the Worker; replaced in tests. */
  constructor(
    private readonly limits: ParquetLimits = { seconds: 60, heap: 512 },
    private readonly script: URL = new URL("./worker.ts", import.meta.url),
  ) {}

  /**
   * Asks the Worker and waits for its answer.
   *
   * @throws {SyntaxError} when the file is damaged, takes too long or too much memory, or the Worker ended by itself.
   */
  async ask<Q extends keyof Questions>(kind: Q, what: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
    const { seconds, heap } = this.limits;
    const worker = this.#worker ??= this.#start();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#hear = resolve;
    // A Worker that reaches its memory limit amid an answer hangs without a message.
    const timer = setTimeout(resolve, seconds * 1000, { limit: undefined });
    try {
      worker.postMessage({ kind, ...what });
      const outcome = this.#end ?? await promise;
      if ("answer" in outcome) return outcome.answer;
      if ("error" in outcome) throw outcome.error;
      if ("fault" in outcome) {
        throw new SyntaxError(
          `Cannot read ${what.path}: it takes a Worker that lives until it has read the ${kind}, current one ended with: ` +
            `${outcome.fault}: the file is likely damaged`,
        );
      }
      throw new SyntaxError(
        `Cannot read ${what.path}: it takes ${seconds} seconds and ${heap} MiB for the values of a row group, current ` +
          `${kind} take more: the file is damaged, or its row groups are far too large`,
        { cause: outcome.limit },
      );
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#hear = () => {};
    }
  }

  /** Gives the Worker up at once, even in the middle of an answer; a thread amid a loop goes on until the process ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    [this.#worker, this.#end] = [null, null];
    await worker?.terminate();
  }

  /** Starts a Worker, and hears of its end as long as it lives, also where nobody waits for an answer. */
  #start(): Worker {
    needHandles(WORKER_HANDLES);
    const { limits: { heap }, script } = this;
    const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: heap } });
    const ended = (outcome: Outcome) => {
      if (this.#worker !== worker) return; // this thread ended it
      this.#end ??= outcome;
      this.#hear(this.#end);
    };
    worker.on("message", (message: FromParquetWorker) => {
      if ("fault" in message) ended(message);
      else this.#hear(message);
    });
    worker.on("error", (error: Error & { code?: string }) => {
      ended(error.code === OUT_OF_MEMORY ? { limit: error } : { fault: error.message });
    });
    worker.on("exit", (code) => ended({ fault: `the exit code ${code}` }));
    return worker;
  }
}

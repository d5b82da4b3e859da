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

/**
 * Reads Parquet files in a Worker, one answer after another: in a damaged file the package that reads them may loop
 * for ever or fill memory, and only ending the Worker stops that.
 *
 * This thread makes the Worker, which takes a second where this thread is a Worker too (data/workers/start.ts): in Deno 2.9
 * only Node's Workers have a limit of memory, and only Deno's own can be given fewer permissions than their maker has.
 */
export class ParquetReader implements AsyncDisposable {
  readonly #limits: ParquetLimits;
  #worker: Worker | null = null;

  constructor(limits: ParquetLimits = { seconds: 60, heap: 512 }) {
    this.#limits = limits;
  }

  /**
   * Asks the Worker and waits for its answer.
   *
   * @throws {SyntaxError} when the file is damaged, takes too long or too much memory.
   */
  async ask<Q extends keyof Questions>(kind: Q, what: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
    const { seconds, heap } = this.#limits;
    if (!this.#worker) needHandles(WORKER_HANDLES);
    this.#worker ??= new Worker(new URL("./worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heap },
    });
    const worker = this.#worker;
    const { promise, resolve, reject } = Promise.withResolvers<FromParquetWorker>();
    const refuse = (cause?: Error) =>
      reject(
        new SyntaxError(
          `Cannot read ${what.path}: it takes ${seconds} seconds and ${heap} MiB for the values of a row group, current ` +
            `${kind} take more: the file is damaged, or its row groups are far too large`,
          { cause },
        ),
      );
    worker.once("message", resolve);
    worker.once("error", refuse);
    // A Worker that reaches its memory limit hangs without a message.
    const timer = setTimeout(refuse, seconds * 1000);
    try {
      worker.postMessage({ kind, ...what });
      const message = await promise;
      if ("error" in message) throw message.error;
      return message.answer;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(timer);
      worker.removeAllListeners();
    }
  }

  /** Ends the Worker at once, even in the middle of an answer. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }
}

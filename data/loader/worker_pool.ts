import { batchBytes, type BatchOptions } from "./batch_reader.ts";
import type { BrokenImage } from "../base/errors.ts";
import { needHandles, WORKER_HANDLES } from "../disk/mod.ts";
import { type StartedWorker, startWorker } from "../workers/mod.ts";
import { CONTROL, type FromWorker, newRing, NO_LIMIT, type Ring, type ToWorker } from "./ring.ts";

/** Files that a Worker of a loader reads at a time, about. */
const READING = 4;

type LoaderWorker = StartedWorker<ToWorker>;

/** The Workers of a Loader and the ring they fill. One order at a time: start, take and release in turn, stop. */
export class WorkerPool {
  readonly #workers: LoaderWorker[];
  readonly #ring: Ring;
  /** Workers that have not ended the current run. */
  readonly #busy = new Set<LoaderWorker>();
  #failure: Error | null = null;
  /** Workers in which an abandoned decoder still runs. */
  readonly #decoding = new Set<LoaderWorker>();
  /** True once a Worker died without reporting an error, or the pool was disposed of: it cannot be used any more. */
  #dead = false;
  #disposed = false;
  /** Broken images of the current run, as far as Workers have reported them. */
  #broken: BrokenImage[] = [];
  /** Wake the callers that wait for a message: a run, and its disposal. */
  #waiting: (() => void)[] = [];

  /** @param script The Worker's module; replaced in tests. */
  constructor(options: BatchOptions, workers: number, script = new URL("./worker.ts", import.meta.url)) {
    needHandles((WORKER_HANDLES + READING) * workers);
    // A slot with the consumer, a slot that each Worker fills, and a slot that is ready.
    this.#ring = newRing(2 + workers, batchBytes(options));
    this.#workers = Array.from({ length: workers }, (_, i) => {
      const worker: LoaderWorker = startWorker<ToWorker, FromWorker>(script, `loader ${i}`, {
        onMessage: (message) => this.#hear(worker, message),
        onError: (message) => {
          this.#dead = true;
          this.#ended(worker, new Error(`Cannot load in a Worker: it ended with: ${message}`));
        },
      });
      worker.post({ setup: { ...options, ring: this.#ring } });
      return worker;
    });
  }

  /** Sets the Workers to an order. */
  start(order: Uint32Array, view: number): void {
    if (this.#dead && this.#failure) throw this.#failure;
    this.#failure = null;
    const { control } = this.#ring;
    control.fill(0, CONTROL.next); // nobody else looks at it between runs
    const run = Atomics.add(control, CONTROL.run, 1) + 1;
    this.#broken = [];
    for (const worker of this.#workers) {
      this.#busy.add(worker);
      worker.post({ start: { run, order, view } });
    }
  }

  /** Waits for a batch. @returns its slot, and the broken images of the run so far, this batch's included. */
  async take(number: number): Promise<{ filled: Uint8Array; broken: readonly BrokenImage[] }> {
    const { control, slots } = this.#ring;
    const slot = number % slots.length;
    while (Atomics.load(control, CONTROL.ready + slot) !== number + 1) {
      if (this.#failure) throw this.#failure;
      await this.#message();
    }
    // Workers report broken images before the batch is ready, but messages take their time.
    while (this.#broken.length < Atomics.load(control, CONTROL.broken) && !this.#failure) {
      await this.#message();
    }
    return { filled: slots[slot], broken: this.#broken };
  }

  /** Gives the slot of a batch back to the Workers. */
  release(number: number): void {
    Atomics.store(this.#ring.control, CONTROL.used, number + 1);
    Atomics.notify(this.#ring.control, CONTROL.used);
  }

  /** Ends the run and waits until no Worker writes any more. */
  async stop(): Promise<void> {
    this.#halt();
    while (this.#busy.size > 0) await this.#message();
  }

  /**
   * Ends the Workers; a Worker that is decoding ends when its decoder has ended. A caller that waits for a batch gets an
   * error. A decoder that hangs keeps its Worker alive, and the process too unless `Deno.exit` ends it.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = this.#dead = true;
    this.#halt();
    for (const worker of this.#workers) if (!this.#busy.has(worker)) this.#end(worker);
    this.#fail(new Error("Cannot load on: the loader was disposed of"));
  }

  /** Tells the Workers that the run is over. */
  #halt(): void {
    const { control } = this.#ring;
    Atomics.add(control, CONTROL.run, 1);
    Atomics.store(control, CONTROL.used, NO_LIMIT);
    Atomics.notify(control, CONTROL.used);
  }

  #message(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #hear(worker: LoaderWorker, message: FromWorker): void {
    if ("broken" in message) this.#broken.push(...message.broken);
    if ("ended" in message) {
      if (message.decoding) this.#decoding.add(worker);
      else this.#decoding.delete(worker);
      this.#ended(worker, message.error);
    }
    this.#wake();
  }

  #ended(worker: LoaderWorker, error?: Error): void {
    this.#busy.delete(worker);
    if (error) this.#fail(error);
    if (this.#disposed) this.#end(worker);
  }

  /** A Worker that is terminated while its decoders run crashes the whole process when they end. */
  #end(worker: LoaderWorker): void {
    if (this.#decoding.has(worker)) worker.post({ close: true });
    else worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}

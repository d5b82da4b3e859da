import { type Augment, viewRecipes } from "../augment/recipe.ts";
import { batchBytes, type BatchOptions, BatchReader } from "./batch_reader.ts";
import { type BrokenImage, BrokenImagesError } from "../base/errors.ts";
import type { ImageFields } from "../images/image_set.ts";
import { GracePeriod } from "./grace_period.ts";
import { epochOrder, type Sampler } from "../sampling/sampler.ts";
import { withRoom } from "../base/room.ts";
import { WorkerPool } from "./worker_pool.ts";

/** Images on their way to the device, valid until the next batch is asked for. */
export interface Batch {
  /** [batch, height, width, channels], always full-size; rows from `count` on are zero. A view of shared memory. */
  images: Uint8Array;
  /** The same images in another view, for a policy that makes two views of each image. */
  images2: Uint8Array | null;
  /** [batch], zero from `count` on. */
  labels: Uint32Array;
  /** [batch], the images' places in the set, zero from `count` on. */
  indices: Uint32Array;
  /** Images in the batch: fewer than `batch` only in the last batch of an order. */
  count: number;
}

/** Settings of a {@linkcode Loader}. */
export interface LoaderOptions {
  /** Images a batch. */
  batch: number;
  /** Workers that fill batches ahead; 0 fills each batch when it is asked for. Default 1. */
  workers?: number | undefined;
  /** Random changes to the images, or null, the default, for no changes. */
  augment?: Augment | null | undefined;
  /** Sampler that orders the images of {@linkcode Loader.epoch}. Default `"instance"`: each image once, shuffled. */
  sampler?: Sampler | undefined;
  /** Seed of the order and of the changes, an integer of 0 or more. Default 0. */
  seed?: number | undefined;
  /** Called once for each broken image that the set's `maxBroken` lets pass. */
  onBroken?: ((image: BrokenImage) => void) | undefined;
  /** Called at the end of an order with the number of images that were damaged in the cache and decoded again, if any. */
  onDamaged?: ((count: number, folder: string) => void) | undefined;
  /** After it was aborted, an order ends early if its next batch takes longer than 1 s: a decoder or a disk hangs. */
  signal?: AbortSignal | undefined;
}

/** Milliseconds that a batch gets after the signal was aborted: the user waits, and small images are decoded within. */
const STOP_MS = 1000;

/**
 * Makes batches of a set's images in Workers, ahead of the consumer. The pixels depend on the seed, the view and the
 * image alone, whatever the number of Workers or the order.
 *
 * Memory: 2 + `workers` batches of 8-bit images, of each view. Dispose of the loader: Workers keep the program running.
 *
 * @example
 * ```ts
 * import { Loader, newImageSet } from "everyclass/data";
 * const set = newImageSet(1000, 32, 32, 3, ["cat", "dog"]);
 * using loader = new Loader(set, { batch: 128, augment: { pad: 4, flip: true } });
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   for await (const { images, count } of loader.epoch(epoch)) console.log(images.length, count);
 * }
 * ```
 */
export class Loader implements Disposable, AsyncDisposable {
  /** Milliseconds that the consumer waited for data so far. */
  waitedMs = 0;
  readonly #options: BatchOptions;
  readonly #pool: WorkerPool | null;
  readonly #sampler: Sampler;
  readonly #onBroken: (image: BrokenImage) => void;
  readonly #onDamaged: (count: number, folder: string) => void;
  readonly #signal: AbortSignal | undefined;
  /** Those of `broken` by their places. */
  #broken = new Map<number, BrokenImage>();
  /** Places of the broken images that `onBroken` was called for. */
  readonly #reported = new Set<number>();
  #busy = false;

  /**
   * Starts the Workers.
   *
   * @throws {RangeError} when `batch`, `workers`, `augment.pad`, `augment.cutout` or `seed` is out of range, batches take
   *   more of the host's memory than there is, or the policy changes colours and the images are neither grey nor RGB.
   * @throws {TypeError} when the set's images are not in shared memory and there are Workers.
   */
  constructor(set: ImageFields, options: LoaderOptions) {
    const { batch, workers = 1, augment = null, seed = 0, onBroken = () => {}, signal } = options;
    checkInteger("batch", batch, 1);
    checkInteger("workers", workers, 0);
    checkInteger("augment.pad", augment?.pad ?? 0, 0);
    checkInteger("augment.cutout", augment?.cutout ?? 0, 0);
    checkInteger("seed", seed, 0);
    const size = set.height * set.width * set.channels;
    const images = set.kind === "memory" ? set.images : null;
    if ((images && images.length !== set.count * size) || set.labels.length !== set.count) {
      throw new TypeError(
        `Cannot load the images: it takes ${set.count * size} bytes and ${set.count} labels, ` +
          `current are ${images?.length ?? 0} and ${set.labels.length}`,
      );
    }
    if (workers > 0 && images && !(images.buffer instanceof SharedArrayBuffer)) {
      throw new TypeError(
        "Cannot load in Workers: it takes images in a SharedArrayBuffer, current are not: make the set by newImageSet",
      );
    }
    this.#sampler = options.sampler ?? "instance";
    this.#options = { set, batch, views: viewRecipes(augment, set.channels), seed, whole: augment?.whole };
    this.#onBroken = onBroken;
    this.#onDamaged = options.onDamaged ?? (() => {});
    this.#signal = signal;
    // Workers fill a ring of batches at once; without Workers there is one batch.
    const bytes = batchBytes(this.#options) * (workers > 0 ? 2 + workers : 1);
    const task = `load batches of ${batch} images of ${set.height} x ${set.width} x ${set.channels}`;
    const remedy = workers > 0 ? `lower batch, or workers, which are ${workers}` : "lower batch";
    const make = () => workers > 0 ? new WorkerPool(this.#options, workers) : null;
    this.#pool = withRoom(task, bytes, remedy, make);
  }

  /** The broken images of the order that was begun last, as far as its batches were taken, each once. */
  get broken(): BrokenImage[] {
    return [...this.#broken.values()];
  }

  /**
   * The batches of an epoch, in the order that the sampler draws by the seed and the number of the epoch; augmented in a
   * view of its own for each epoch.
   *
   * @param number Number of the epoch, from 0.
   * @param from The first batch wanted, from 0: to go on in the middle of an epoch.
   * @returns Batches, and errors, as {@linkcode Loader.batches} gives them.
   * @throws {RangeError} when `number` or `from` is no integer of 0 or more, or a label has no class name and the sampler
   *   goes by the classes.
   */
  epoch(number: number, from = 0): AsyncGenerator<Batch, void, void> {
    checkInteger("epoch", number, 0);
    checkInteger("from", from, 0);
    const { set: { labels, classNames }, batch, seed } = this.#options;
    const order = epochOrder(labels, classNames.length, { sampler: this.#sampler, seed, epoch: number });
    return this.batches(order.subarray(from * batch), number + 1); // view 0 is the plain image's
  }

  /**
   * The batches of the images in this order.
   *
   * @param order Indices into the set.
   * @param view Number of the augmented view: another view gives other pixels.
   * @returns All batches of the order; fewer only when `signal` was aborted. The loader is disposed of then.
   * @throws {RangeError} when an index is not below the set's count (on the way).
   * @throws {BrokenImagesError} when more images are broken than the set allows.
   * @throws {Error} when the batches of an earlier order are still being taken.
   */
  async *batches(order: Uint32Array, view: number): AsyncGenerator<Batch, void, void> {
    if (this.#busy) {
      throw new Error("Cannot load an order: it takes them one after another, the current order is not over");
    }
    this.#busy = true;
    this.#broken = new Map();
    const { set, batch, views } = this.#options;
    const inline = this.#pool ? null : this.#inline();
    using stop = new GracePeriod(this.#signal, STOP_MS);
    let hangs = false;
    try {
      this.#pool?.start(order, view);
      for (let number = 0; number * batch < order.length; number++) {
        const asked = performance.now();
        const taken = inline ? inline(number, order, view) : this.#pool!.take(number);
        const come = await Promise.race([taken, stop.passed]);
        if (come === null) {
          hangs = true;
          return this[Symbol.dispose]();
        }
        const { filled, broken } = come;
        this.waitedMs += performance.now() - asked;
        this.#report(broken);

        const count = Math.min(batch, order.length - number * batch);
        const indices = new Uint32Array(batch);
        indices.set(order.subarray(number * batch, number * batch + count));
        const labels = new Uint32Array(batch);
        for (let i = 0; i < count; i++) labels[i] = set.labels[indices[i]];
        const bytes = filled.length / views.length;
        const images = filled.subarray(0, bytes);
        const images2 = views.length > 1 ? filled.subarray(bytes) : null;
        yield { images, images2, labels, indices, count };
        this.#pool?.release(number);
      }
    } finally {
      if (!hangs) await this.#pool?.stop();
      this.#busy = false;
      this.#reportDamaged();
    }
  }

  /** Fills each batch when it is asked for. */
  #inline() {
    const reader = new BatchReader(this.#options);
    const filled = new Uint8Array(batchBytes(this.#options));
    const broken: BrokenImage[] = [];
    return async (number: number, order: Uint32Array, view: number) => {
      broken.push(...await reader.read(order, view, number, filled));
      return { filled, broken };
    };
  }

  /** Passes on the broken images that are new. @param broken All broken images of the order so far. */
  #report(broken: readonly BrokenImage[]): void {
    const { set } = this.#options;
    const images = this.#broken = new Map(broken.map((image) => [image.index, image])); // a sampler may repeat an image
    const most = set.kind === "encoded" ? set.maxBroken : 0;
    if (images.size > most) throw new BrokenImagesError([...images.values()], most);
    for (const image of images.values()) {
      if (!this.#reported.has(image.index)) this.#onBroken(image);
      this.#reported.add(image.index);
    }
  }

  /** Passes on the number of images of the cache that were found damaged since it was passed on last. */
  #reportDamaged(): void {
    const { set } = this.#options;
    if (set.kind !== "encoded" || set.cache === null) return;
    const count = Atomics.exchange(set.cache.damaged, 0, 0);
    if (count > 0) this.#onDamaged(count, set.cache.folder);
  }

  /** Ends the Workers; a Worker that is decoding ends a little later. */
  [Symbol.dispose](): void {
    this.#pool?.dispose();
  }

  /** Ends the Workers, and waits until they have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#pool?.stop();
  }
}

function checkInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(
      `Cannot load: it takes ${name} as an integer of ${least} or more, current is ${value}`,
    );
  }
}

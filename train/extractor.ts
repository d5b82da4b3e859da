import { type Augment, epochOrder, type ImageSet, Loader } from "../data/mod.ts";
import { input, NonFiniteError, normalize, type OwnedBuffer, Plan, type Statistics } from "../engine/mod.ts";
import type { Progress } from "./progress.ts";
import type { Summary } from "./records.ts";
import type { Setup } from "./setup.ts";

/** Longest stretch of work that is submitted before the host waits for it, in milliseconds. */
const STRETCH_MS = 1000;

/** Most batches of such a stretch. */
const MOST_BATCHES = 64;

/** One pass over a set. */
export interface Pass {
  /** What progress calls it. */
  name: string;
  /** Number of the augmented view. */
  view: number;
  /** Random changes to the images, or null for none. */
  augment: Augment | null;
  /** `updated`: batch norms take each batch's statistics and update their estimates; batches are shuffled then. */
  statistics: Statistics;
}

/** Runs images through the backbone: one row of features for each. */
export class Extractor implements Disposable {
  /** Totals of all passes; the first stretch of each plan is left out, for it compiles the shaders. */
  readonly #timed = { images: 0, ms: 0, waitedMs: 0 };
  readonly #plans = new Map<string, Plan>();
  readonly #rows: OwnedBuffer;
  /** Batches between two waits, learned from the time of the last ones. */
  #stretch = 1;

  constructor(
    private readonly setup: Setup,
    private readonly options: { batch: number; seed: number; workers: number },
    private readonly progress: Progress,
    private readonly signal: AbortSignal,
  ) {
    const bytes = options.batch * MOST_BATCHES * setup.network.features * 4;
    this.#rows = setup.device.buffer("features of a stretch", bytes);
  }

  /**
   * Features of every image of a set.
   *
   * @returns [count, features], in the set's order.
   * @throws {NonFiniteError} when a feature is NaN or infinite. @throws {Interrupted} when the run was stopped.
   */
  async extract(set: ImageSet, pass: Pass): Promise<Float32Array> {
    const { batch, seed, workers } = this.options;
    const { features, classes } = this.setup.network;
    const sampler = pass.statistics === "updated" ? "instance" : "sequential";
    const order = epochOrder(set.labels, classes, { sampler, seed, epoch: pass.view });
    const imageBytes = set.height * set.width * set.channels;
    const out = new Float32Array(set.count * features);
    using loader = new Loader(set, { batch, workers, augment: pass.augment, seed });
    const stage = this.progress.stage(pass.name, set.count, { waited: () => loader.waitedMs });
    let [done, submitted, compiled] = [0, 0, false];
    let mark = { at: performance.now(), waited: 0 };

    for await (const { images, count } of loader.batches(order, pass.view)) {
      // A short batch is padded with zeros, but zeros must not enter the statistics of a batch.
      const size = pass.statistics === "updated" ? count : batch;
      const known = this.#plans.has(planKey(size, pass.statistics));
      const plan = await this.#plan(set, size, pass.statistics);
      plan.run({ images: images.subarray(0, size * imageBytes) });
      plan.copyOutput("features", this.#rows, (submitted - done) * features * 4, count * features * 4);
      submitted += count;
      compiled ||= !known;
      if (submitted - done < this.#stretch * batch && submitted < set.count) continue;

      const bytes = await this.setup.device.read(this.#rows.buffer, 0, (submitted - done) * features * 4);
      const rows = new Float32Array(bytes);
      for (let i = done; i < submitted; i++) {
        out.set(rows.subarray((i - done) * features, (i - done + 1) * features), order[i] * features);
      }
      stage.advance(submitted - done);
      const ms = performance.now() - mark.at;
      if (!compiled) this.#count(submitted - done, ms, loader.waitedMs - mark.waited);
      [done, compiled] = [submitted, false];
      mark = { at: performance.now(), waited: loader.waitedMs };
      this.signal.throwIfAborted();
    }
    stage.end();
    checkFinite(out, features, pass.name);
    return out;
  }

  /** Images a second over all passes, and the share of the time spent waiting for data. */
  get throughput(): Summary["throughput"] {
    const { images, ms, waitedMs } = this.#timed;
    return { forwardImagesPerSecond: ms && images / ms * 1000, dataWaitShare: ms && waitedMs / ms };
  }

  [Symbol.dispose](): void {
    for (const plan of this.#plans.values()) plan[Symbol.dispose]();
    this.#rows[Symbol.dispose]();
  }

  #count(images: number, ms: number, waitedMs: number): void {
    this.#timed.images += images;
    this.#timed.ms += ms;
    this.#timed.waitedMs += waitedMs;
    const batches = STRETCH_MS * images / ms / this.options.batch;
    this.#stretch = Math.max(1, Math.min(MOST_BATCHES, Math.floor(batches)));
  }

  async #plan(set: ImageSet, size: number, statistics: Statistics): Promise<Plan> {
    const key = planKey(size, statistics);
    const { device, network, dataset, backbone, statistics: estimates } = this.setup;
    let plan = this.#plans.get(key);
    if (!plan) {
      const images = input("images", [size, set.height, set.width, set.channels], "u8");
      const forward = { statistics, updates: [] };
      const features = network.forward(normalize(images, dataset), forward);
      const parameters = [backbone, estimates];
      plan = await Plan.make(device, { outputs: { features }, updates: forward.updates, parameters });
      this.#plans.set(key, plan);
    }
    return plan;
  }
}

function planKey(size: number, statistics: Statistics): string {
  return `${statistics} ${size}`;
}

function checkFinite(rows: Float32Array, features: number, name: string): void {
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new NonFiniteError(
    `Cannot go on: it takes finite features, image ${Math.floor(bad / features)} of "${name}" has ${
      rows[bad]
    } at ` +
      `${bad % features}: the backbone's weights overflow`,
  );
}

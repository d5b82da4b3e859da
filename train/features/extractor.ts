import { epochOrder, type ImageSet, Loader } from "../../data/mod.ts";
import {
  type Forward,
  input,
  jit,
  type Jitted,
  mebibytes,
  MemoryError,
  memoryTable,
  normalize,
  readState,
  shaped,
  type Tensor,
} from "../../engine/mod.ts";
import { type MemoryRows, memoryRows } from "./memory.ts";
import type { Part, RowSink } from "./rows.ts";
import { firstFitting, halves } from "./batch_parts.ts";
import { mirror } from "./mirror.ts";
import type { BackboneSetup, PassConfig } from "./inputs.ts";
import { checkFiniteRows } from "./finite_rows.ts";
import { type Pass, sharedOf, type Statistics } from "./pass.ts";
import { extractTogether } from "./together.ts";
import { type Progress, tellBroken, tellDamaged } from "../progress/progress.ts";
import type { State } from "../setup/setup.ts";
import { workersFor } from "../setup/workers.ts";
import type { Throughput } from "../results/records.ts";
import { MOST_IMAGES, Stretches } from "./stretches.ts";

/** Most images of a batch with frozen statistics, where its size changes nothing but the time. */
const FROZEN_BATCH = 128;

/** Shares of the memory left that a batch with frozen statistics and the features of a stretch may take. */
const [BATCH_SHARE, STRETCH_SHARE] = [1 / 2, 1 / 8];

/** Images u8 [N, H, W, C] to features. */
type Backbone = Jitted<[images: Tensor], Forward>;

/** Runs images through the backbone: one row of features for each. */
export class Extractor implements Disposable {
  readonly #stretches = new Stretches();
  readonly #forward: Readonly<Record<Statistics, Backbone>>;
  /** Images of a frozen batch, by the shape of an image. */
  readonly #frozen = new Map<string, number>();

  constructor(
    private readonly setup: BackboneSetup,
    private readonly config: PassConfig,
    private readonly progress: Progress,
    private readonly signal: AbortSignal,
  ) {
    const { network, dataset, device, backbone, statistics } = setup;
    const passOf = (training: boolean) =>
      jit((images: Tensor) => network.forward(normalize(images, dataset), { training }), {
        device,
        parameters: [...backbone, statistics],
      });
    this.#forward = { frozen: passOf(false), updated: passOf(true) };
  }

  /** Values of a row. */
  get width(): number {
    return this.setup.network.features;
  }

  /** Sync point: the values that features depend on, in torch's layouts. */
  weights(): Promise<State> {
    return readState([...this.setup.backbone, this.setup.statistics]);
  }

  /** Features of every image of a set, in memory. See {@linkcode Extractor.extract}. */
  async rows(set: ImageSet, pass: Pass): Promise<MemoryRows> {
    const rows = memoryRows(set.count, this.setup.network.features);
    await this.extract(set, pass, rows);
    return rows;
  }

  /**
   * Computes the features of images of a set. In a frozen pass they depend on nothing but the image, the view and the
   * weights, so any part of the pass can be computed alone.
   *
   * @param sink Gets the rows, a stretch at a time; of a frozen pass in the set's order.
   * @param part The first image, and the one after the last; by default all images. A pass with updated
   * statistics begins where its running statistics are, at the start of a batch, and takes all images from there.
   * @throws {MemoryError} when the budget does not hold a batch; of a frozen pass, not even one image.
   * @throws {ShapeError} when the last batch is too small for norms that go by the batch.
   * @throws {NonFiniteError} when a feature is NaN or infinite.
   * @throws {Interrupted} when the run was stopped; the sink has the rows computed by then.
   */
  async extract(
    set: ImageSet,
    pass: Pass,
    sink: RowSink,
    part: Part = { from: 0, to: set.count },
  ): Promise<void> {
    const { seed } = this.config;
    const { team, network } = this.setup;
    const name = pass.statistics === "frozen" ? team?.nameOf(set) : undefined;
    if (team && name) {
      const rows = this.#chunkOf(set, (part.to - part.from) / team.communicator.size);
      return await extractTogether(team, this, {
        set,
        sink,
        signal: this.signal,
        tell: (sentence) => this.progress.line(sentence),
        onBroken: pass.onBroken ?? tellBroken(this.progress),
      }, {
        ...{ kind: "extract", set: name, pass: sharedOf(pass), seed, ...part, rows },
      });
    }
    const sampler = pass.statistics === "updated" ? "instance" : "sequential";
    const order = epochOrder(set.labels, network.classes, { sampler, seed, epoch: pass.view });
    await this.through(set, pass, sink, order.subarray(part.from, part.to));
  }

  /**
   * Runs images through the backbone in this order; otherwise as {@linkcode Extractor.extract}.
   *
   * @param order Places of the images. @param options.whole Number of images of all processes, which progress counts.
   */
  async through(
    set: ImageSet,
    pass: Pass,
    sink: RowSink,
    order: Uint32Array,
    { signal = this.signal, whole = order.length }: { signal?: AbortSignal; whole?: number } = {},
  ): Promise<void> {
    const { seed } = this.config;
    const { features } = this.setup.network;
    const { augment, statistics, view } = pass;
    const batch = this.batchOf(set, statistics);
    const imageBytes = set.height * set.width * set.channels;
    const { device } = this.setup;
    const workers = workersFor(device, set, this.config.workers);
    // The last batch may be too small for batch norms: this throws before any batch runs.
    const forward = this.forward(statistics);
    const shape = (size: number) => [size, set.height, set.width, set.channels];
    if (statistics === "updated") {
      this.setup.network.forward(input("images", shape(order.length % batch || batch)), { training: true });
    }
    const held = Math.floor(STRETCH_SHARE * device.memory.left / features / 4);
    const most = Math.max(Math.min(MOST_IMAGES, held, Math.ceil(order.length / batch) * batch), batch);
    using stretch = device.buffer("features", most * features * 4);
    const onBroken = pass.onBroken ?? tellBroken(this.progress);
    const onDamaged = tellDamaged(this.progress);
    using loader = new Loader(set, {
      ...{ batch, workers, augment, seed, onBroken, onDamaged },
      signal,
    });
    const stage = this.progress.meter(pass.name, whole, { waited: () => loader.waitedMs });
    const ofAll = (count: number) => Math.round(count * whole / order.length);
    let [done, submitted, compiled] = [0, 0, false];
    let mark = { at: performance.now(), waited: 0 };

    for await (const { images, count } of loader.batches(order, view)) {
      // A short batch is padded with zeros, but zeros must not enter the statistics of a batch.
      const size = statistics === "updated" ? count : batch;
      const pixels = images.subarray(0, size * imageBytes);
      if (pass.mirrored) mirror(pixels, set.width, set.channels);
      const given = shaped(pixels, shape(size));
      const known = forward.knows(given);
      if (!known) stage.compiling();
      const result = await forward(given);
      result.features.copyTo(stretch, (submitted - done) * features * 4, count * features * 4);
      submitted += count;
      compiled ||= !known;
      if (submitted - done < this.#stretches.images(batch, most) && submitted < order.length) continue;

      const bytes = await device.read(stretch.buffer, 0, (submitted - done) * features * 4);
      const rows = new Float32Array(bytes);
      const samples = order.subarray(done, submitted);
      await checkFiniteRows(this.setup, rows, set, samples, pass.name);
      await sink.put(samples, rows);
      const taken = ofAll(submitted) - ofAll(done);
      stage.advance(taken);
      const ms = performance.now() - mark.at;
      if (!compiled) this.#stretches.count(taken, ms, loader.waitedMs - mark.waited);
      [done, compiled] = [submitted, false];
      mark = { at: performance.now(), waited: loader.waitedMs };
      // A whole pass is handed over even when the run is to stop: the caller keeps it.
      if (done < order.length) signal.throwIfAborted();
    }
    if (done < order.length) signal.throwIfAborted(); // an image that hangs, when a run is to stop
    stage.end();
  }

  /** Images a second over all passes, and the share of the time spent waiting for data. */
  get throughput(): Throughput {
    return this.#stretches.throughput;
  }

  [Symbol.dispose](): void {
    for (const pass of Object.values(this.#forward)) pass[Symbol.dispose]();
  }

  /** Images of a chunk that a process takes of a pass: about a stretch, and so few that all end at about the same time. */
  #chunkOf(set: ImageSet, part: number): number {
    const batch = this.#frozenBatch(set);
    return Math.min(this.#stretches.images(batch, MOST_IMAGES), Math.ceil(part / 40 / batch) * batch);
  }

  /** Images of a batch of a pass. @throws {MemoryError} when the budget does not hold even one image. */
  batchOf(set: ImageSet, statistics: Statistics): number {
    return statistics === "updated" ? Math.min(this.config.batch, set.count) : this.#frozenBatch(set);
  }

  /** Images of a batch with frozen statistics: 128, where memory is short half as many and so on. */
  #frozenBatch(set: ImageSet): number {
    const { device } = this.setup;
    const shape = [set.height, set.width, set.channels].join();
    const known = this.#frozen.get(shape);
    if (known !== undefined) return known;
    const room = BATCH_SHARE * device.memory.left;
    const measured = (batch: number) => ({
      batch,
      needs: this.#forward.frozen.measure({
        shape: [batch, set.height, set.width, set.channels],
        dtype: "u8",
      }),
    });
    const found = firstFitting(device, halves(this.config.most ?? FROZEN_BATCH).map(measured), room);
    if (found) {
      this.#frozen.set(shape, found.batch);
      return found.batch;
    }
    const { bytes, shares } = measured(1).needs;
    const { memory } = device;
    throw new MemoryError(
      `Cannot compute features of images of ${set.height} x ${set.width}: it takes ${
        mebibytes(bytes)
      } for one of them, ` +
        `current budget of ${mebibytes(memory.budget)} leaves ${
          mebibytes(Math.max(0, room))
        } for it: raise ` +
        "memoryBudget" + memoryTable("Largest parts", shares) + memoryTable("In use", memory.shares),
    );
  }

  /** The backbone that batches of a pass run through. */
  forward(statistics: Statistics): Backbone {
    return this.#forward[statistics];
  }
}

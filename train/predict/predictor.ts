import type { BrokenImage, ImageSet } from "../../data/mod.ts";
import { loadState } from "../../engine/mod.ts";
import { Extractor, plainPass } from "../features/extractor.ts";
import { HeadLogits } from "../features/head_logits.ts";
import { MemoryRows } from "../features/memory.ts";
import type { RowSink } from "../features/rows.ts";
import type { Progress } from "../progress/progress.ts";
import { decide, type Decided, pairOf } from "../decision/decide.ts";
import type { Throughput } from "../results/records.ts";
import type { OpenModel } from "./open.ts";

/** A model's scores of some images of a set, by which classes are ranked as `evaluate` ranks them. */
export interface Predicted extends Decided {
  /** Their places in the set. */
  samples: Uint32Array;
}

/** Takes predictions, a stretch of images at a time. */
export type Take = (predicted: Predicted) => void | Promise<void>;

/** Options of a {@linkcode Predictor}. */
export interface PredictorOptions {
  /** Workers that decode. */
  workers: number;
  /** Most images of a batch. */
  most?: number;
  progress: Progress;
  signal: AbortSignal;
}

/** Runs images through a model, as `evaluate` does. */
export class Predictor implements Disposable {
  readonly #extractor: Extractor;
  readonly #heads: HeadLogits[];

  /** @param model Stays the caller's. */
  constructor(private readonly model: OpenModel, private readonly options: PredictorOptions) {
    const { workers, most, progress, signal } = options;
    this.#extractor = new Extractor(model, { batch: 1, seed: 0, workers, most }, progress, signal);
    this.#heads = model.classifiers.map((store) => new HeadLogits(model, [store], most));
  }

  /**
   * Predicts the classes of all images of a set, in its order.
   *
   * @param name Name of the pass in progress. @param onBroken Hears of broken images, which come as black.
   * @throws {NonFiniteError} when a feature is NaN or infinite.
   */
  async predict(
    set: ImageSet,
    name: string,
    take: Take,
    onBroken: (image: BrokenImage) => void = () => {},
  ): Promise<void> {
    const { states, network: { features: width } } = this.model;
    if (states) return await this.#twice(set, name, take, onBroken, states);
    const sink: RowSink = {
      put: async (samples, rows) => {
        const logits: Float32Array[] = [];
        for (const head of this.#heads) logits.push(await head.of(new MemoryRows(width, rows)));
        await take({ samples, ...this.#judged(logits) });
      },
    };
    await this.#extractor.extract(set, { ...plainPass, name, onBroken }, sink);
  }

  /** Images a second, and the share of the time spent waiting for them. */
  get throughput(): Throughput {
    return this.#extractor.throughput;
  }

  /** Two models of different backbones: one after the other. */
  async #twice(
    set: ImageSet,
    name: string,
    take: Take,
    onBroken: (image: BrokenImage) => void,
    states: NonNullable<OpenModel["states"]>,
  ): Promise<void> {
    const { backbone, statistics } = this.model;
    const logits: Float32Array[] = [];
    for (const [i, state] of states.entries()) {
      loadState([...backbone, statistics], state);
      const collected = this.#heads[i].collect(set.count);
      const pass = {
        ...plainPass,
        name: i === 0 ? name : `${name} by stage 1`,
        onBroken: i === 0 ? onBroken : () => {},
      };
      await this.#extractor.extract(set, pass, collected);
      this.options.signal.throwIfAborted();
      logits.push(collected.values);
    }
    const samples = Uint32Array.from({ length: set.count }, (_, i) => i);
    await take({ samples, ...this.#judged(logits) });
  }

  #judged([logits, others]: readonly Float32Array[]): Decided {
    const { network: { classes }, facts: { ensemble } } = this.model;
    const temperatures = ensemble ?? { temperatureNew: 1, temperatureOld: 1 };
    return decide(others ? pairOf(logits, others, temperatures) : [{ logits }], classes);
  }

  /** Frees the plans. */
  [Symbol.dispose](): void {
    this.#extractor[Symbol.dispose]();
    for (const head of this.#heads) head[Symbol.dispose]();
  }
}

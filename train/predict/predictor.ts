import type { BrokenImage, ImageSet } from "../../data/mod.ts";
import { loadState } from "../../engine/mod.ts";
import type { Member, TestTime } from "../decision/decide.ts";
import type { Scores } from "../decision/predict.ts";
import { Extractor } from "../features/extractor.ts";
import { passesOf } from "../features/pass.ts";
import { HeadLogits } from "../features/head_logits.ts";
import { MemoryRows } from "../features/memory.ts";
import type { RowSink } from "../features/rows.ts";
import type { Progress } from "../progress/progress.ts";
import { lookFor } from "../progress/stopping.ts";
import type { Throughput } from "../results/records.ts";
import type { OpenModel } from "./open.ts";

/** Hears of broken images. */
export type OnBroken = (image: BrokenImage) => void;

/** Options of a {@linkcode Predictor}. */
export interface PredictorOptions {
  /** Workers that decode; null: by the device. */
  workers: number | null;
  /** Most images of a batch. */
  most?: number | undefined;
  progress: Progress;
  signal: AbortSignal;
}

/** Runs images through a model: a network, or two that share a checkpoint. */
export class Predictor implements Disposable {
  readonly #extractor: Extractor;
  readonly #heads: HeadLogits[];

  /** @param model Stays the caller's. */
  constructor(private readonly model: OpenModel, private readonly options: PredictorOptions) {
    const { workers, most, progress, signal } = options;
    this.#extractor = new Extractor(model, { batch: 1, seed: 0, workers, most }, progress, signal);
    this.#heads = model.classifiers.map((store) => new HeadLogits(model, [store], most));
  }

  /** True where one pass gives all logits, so that images can be predicted a stretch at a time. */
  get streams(): boolean {
    return this.model.states === null;
  }

  /**
   * Computes the logits of all images of a set, in its order, a stretch at a time, by a model that {@linkcode streams}.
   *
   * @param put Takes places in the set, and the logits there.
   * @throws {NonFiniteError} when a feature is NaN or infinite.
   */
  async stream(
    set: ImageSet,
    name: string,
    put: (samples: Uint32Array, members: Member[]) => void | Promise<void>,
    onBroken?: OnBroken,
  ): Promise<void> {
    const { network: { features: width } } = this.model;
    const [pass] = passesOf("none", name);
    const sink: RowSink = {
      put: async (samples, rows) => {
        const members: Member[] = [];
        for (const [i, head] of this.#heads.entries()) {
          members.push(
            this.#member(i, await head.of(new MemoryRows(width, rows), lookFor(this.options.signal))),
          );
        }
        await put(samples, members);
      },
    };
    await this.#extractor.extract(set, { ...pass, onBroken }, sink);
  }

  /**
   * Computes the logits of all images of a set, in its order, for each look at them.
   *
   * @param name Name of the pass in progress. @param onBroken Hears of broken images, which come as black, once.
   * @throws {NonFiniteError} when a feature is NaN or infinite.
   */
  async members(set: ImageSet, name: string, tta: TestTime, onBroken?: OnBroken): Promise<Member[]> {
    const { backbone, statistics, states } = this.model;
    const members: Member[] = [];
    for (const [turn, state] of (states ?? [null]).entries()) {
      if (state) loadState([...backbone, statistics], state);
      const heads = this.#heads.map((head, i) => ({ head, i })).filter(({ i }) => !state || i === turn);
      for (const [look, pass] of passesOf(tta, turn === 0 ? name : `${name} by stage 1`).entries()) {
        const collected = heads.map(({ head }) => head.collect(set.count));
        const sink: RowSink = {
          put: async (samples, rows) => {
            for (const one of collected) await one.put(samples, rows);
          },
        };
        const heard = turn + look === 0 ? onBroken : () => {};
        await this.#extractor.extract(set, { ...pass, onBroken: heard }, sink);
        this.options.signal.throwIfAborted();
        heads.forEach(({ i }, at) => members.push(this.#member(i, collected[at].values)));
      }
    }
    return members;
  }

  /** Images a second, and the share of the time spent waiting for them. */
  get throughput(): Throughput {
    return this.#extractor.throughput;
  }

  /** The logits of one of the model's classifiers, in the order of the classes that are asked for. */
  #member(head: number, logits: Float32Array): Member {
    const { facts: { ensemble }, order, network: { classes } } = this.model;
    const { temperatureNew, temperatureOld } = ensemble ?? { temperatureNew: 1, temperatureOld: 1 };
    const temperature = this.#heads.length === 1 ? 1 : head === 0 ? temperatureNew : temperatureOld;
    return { logits: order ? inOrder(logits, order, classes) : logits, temperature };
  }

  /** Frees the plans. */
  [Symbol.dispose](): void {
    this.#extractor[Symbol.dispose]();
    for (const head of this.#heads) head[Symbol.dispose]();
  }
}

/** Logits whose class k is the model's class `order[k]`. */
function inOrder(logits: Scores, order: Uint32Array, classes: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let at = 0; at < result.length; at += classes) {
    for (let k = 0; k < classes; k++) result[at + k] = logits[at + order[k]];
  }
  return result;
}

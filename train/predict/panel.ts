import { EncodedImages, type ImageSet } from "../../data/mod.ts";
import { decideBlocks } from "../decision/blocks.ts";
import { decide, type Decided, type Member, type Rule, type TestTime } from "../decision/decide.ts";
import { lookFor } from "../progress/stopping.ts";
import type { OpenModel } from "./open.ts";
import { type OnBroken, Predictor, type PredictorOptions } from "./predictor.ts";

/** Scores of some images of a set, by which classes are ranked as `evaluate` ranks them. */
export interface Predicted extends Decided {
  /** Their places in the set. */
  samples: Uint32Array;
}

/** Takes predictions, a stretch of images at a time. */
export type Take = (predicted: Predicted) => void | Promise<void>;

/** The way from images to a class. */
export interface Judging {
  tta: TestTime;
  /** The rule, or a function that makes it when it has seen the logits of all images, and looks for a stop. */
  rule: Rule | ((members: readonly Member[], check: () => void) => Rule);
}

/** One model or more that predict together: the mean of their probabilities counts. */
export class Panel implements Disposable {
  readonly #predictors: Predictor[];
  readonly #check: () => void;

  /** @param models Stay the caller's; their classes stand in the order of the first one's. */
  constructor(private readonly models: readonly OpenModel[], options: PredictorOptions) {
    this.#check = lookFor(options.signal);
    this.#predictors = models.map((model) => new Predictor(model, options));
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
    { tta, rule }: Judging,
    take: Take,
    onBroken?: OnBroken,
  ): Promise<void> {
    const [{ network: { classes } }] = this.models;
    const [first] = this.#predictors;
    if (this.#predictors.length === 1 && first.streams && tta === "none" && typeof rule !== "function") {
      const put = (samples: Uint32Array, members: Member[]) =>
        take({ samples, ...decide(members, classes, rule) });
      return await first.stream(this.#formed(set, 0), name, put, onBroken);
    }
    const members = await this.members(set, name, tta, onBroken);
    const made = typeof rule === "function" ? rule(members, this.#check) : rule;
    for (const { from, to, ...decided } of decideBlocks(members, classes, made, this.#check)) {
      await take({ samples: Uint32Array.from({ length: to - from }, (_, i) => from + i), ...decided });
    }
  }

  /** Computes the logits of all images by all models, for each look at them. */
  async members(set: ImageSet, name: string, tta: TestTime, onBroken?: OnBroken): Promise<Member[]> {
    const members: Member[] = [];
    for (const [i, predictor] of this.#predictors.entries()) {
      const [called, heard] = i === 0 ? [name, onBroken] : [numbered(name, i), () => {}];
      members.push(...await predictor.members(this.#formed(set, i), called, tta, heard));
    }
    return members;
  }

  /** The images in the form that a model takes them in. @throws {RangeError} when images in memory have another size. */
  #formed(set: ImageSet, i: number): ImageSet {
    const { path, facts: { height, width, shorter } } = this.models[i];
    const isFormed = set.height === height && set.width === width;
    if (isFormed && (set.kind === "memory" || set.shorter === shorter)) return set;
    if (set.kind === "encoded") return new EncodedImages({ ...set, height, width, shorter, cache: null });
    throw new RangeError(
      `Cannot use the checkpoint ${path} here: it takes images of ${height} x ${width}, current ones in memory have ` +
        `${set.height} x ${set.width}`,
    );
  }

  /** Frees the plans. */
  [Symbol.dispose](): void {
    for (const predictor of this.#predictors) predictor[Symbol.dispose]();
  }
}

/** The name of a pass by another model: of `evaluate by model 2` the next is `evaluate by model 3`. */
function numbered(name: string, i: number): string {
  const [, before, first] = /^(.*) by model (\d+)$/.exec(name) ?? [name, name, "1"];
  return `${before} by model ${Number(first) + i}`;
}

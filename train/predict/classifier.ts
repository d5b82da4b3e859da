import { newImageSet, type RawImage } from "../../data/mod.ts";
import { plainImage } from "../../data/single/mod.ts";
import { checkConfig } from "../config/check.ts";
import { cacheFolder } from "../machine/cache.ts";
import { keptModel } from "../model/facts.ts";
import { metadataOf } from "../model/header.ts";
import { type ModelKeys, modelKind } from "../model/keys.ts";
import type { GivenCosts } from "../decision/costs.ts";
import type { TestTime } from "../decision/decide.ts";
import { silent } from "../progress/progress.ts";
import { type ModelName, modelNames } from "../verdict/judge.ts";
import { type OpenModel, openModel } from "./open.ts";
import { judgingOf } from "./judging.ts";
import { type Judging, Panel } from "./panel.ts";
import { type ClassProbability, ranked } from "./ranking.ts";

/**
 * Options of opening a model. `network`, `head`, `extraBlock`, `names`, `size`, `resize`, `mean` and `std` say what the
 * checkpoint does not tell, and go before what it tells.
 */
export interface ClassifierOptions extends Partial<ModelKeys> {
  /**
   * Model of a checkpoint of `finetune`: stage 1's, the re-trained one, or the mean of both. By default the model that its
   * run kept (key `keep`).
   */
  model?: ModelName | undefined;
  /**
   * True stands for `model: "ensemble"`, false for a model alone; another checkpoint's bytes are averaged with the re-trained
   * model.
   */
  ensemble?: boolean | Uint8Array | undefined;
  /** Looks at an image: as it is, or mirrored too; by default as the model's run took them. */
  tta?: TestTime | undefined;
  /** The t of `logits - t log(training images)`, which raises rare classes. Default 0. */
  adjust?: number | undefined;
  /** Costs of mistakes, `{ "true->called": 5 }`; a mistake that is not named costs 1. By default all cost the same. */
  costs?: GivenCosts | undefined;
  /** Kernel family. Default `auto`. */
  family?: "auto" | "tile" | "lane" | undefined;
  /** Most device memory in GiB. */
  memoryBudget?: number | null | undefined;
  /** Times kernels and takes the fastest. Default `auto`: on GPUs. */
  tune?: "auto" | "on" | "off" | undefined;
  /** Folder for what is worked out once; by default the program's own. */
  cache?: string | undefined;
  /** Hears what a person would be told. */
  onMessage?: ((text: string) => void) | undefined;
}

/** Stands for a checkpoint that was given as bytes, in messages. */
const BYTES = "given as bytes";

/** Sizes of a batch: each has a plan of its own, and an image alone need not wait for 128. */
const BATCHES = [1, 8, 128];

/** Most pixels of an image. */
const MAX_PIXELS = 100_000_000;

/** The model that options ask for; null: the one that the checkpoint keeps. @throws {TypeError} when they ask for two. */
function modelOf(
  { model, ensemble }: Pick<ClassifierOptions, "model" | "ensemble">,
  checkpoint: Uint8Array,
): ModelName | null {
  if (model !== undefined && !modelNames.includes(model)) {
    throw new TypeError(
      `Cannot open a model: model takes one of ${modelNames.join(", ")}, current value is ${model}`,
    );
  }
  const isEnsemble = model === "ensemble";
  if (model !== undefined && ensemble !== undefined && (ensemble !== isEnsemble)) {
    throw new TypeError(
      `Cannot open a model: it takes model or ensemble, current are model ${model} and another ensemble: keep one`,
    );
  }
  if (ensemble === true) return "ensemble";
  const kept = keptModel(metadataOf(checkpoint));
  return model ?? (ensemble === false && kept === "ensemble" ? "after" : null);
}

/**
 * A trained model that tells the class of an image. Dispose of it: it holds the device.
 *
 * @example
 * ```ts
 * import { Classifier, train } from "everyclass/train";
 * import { newImageSet } from "everyclass/data";
 * const images = newImageSet(40, 8, 8, 1, ["dark", "bright"]);
 * images.labels.forEach((_, i) => {
 *   images.labels[i] = i % 2;
 *   images.images.fill(40 + 150 * (i % 2) + i, 64 * i, 64 * (i + 1));
 * });
 * const data = {
 *   ...{ name: "Dark and bright", origin: "a formula", classNames: ["dark", "bright"], mean: [0.5], std: [0.3] },
 *   ...{ train: images, test: images },
 * };
 * const { checkpoint } = await train({ data, epochs: 2, batch: 10, loss: "ce" }); // or Deno.readFileSync(FILE)
 *
 * using model = await Classifier.open(checkpoint);
 * const pixels = { width: 8, height: 8, channels: 1, data: new Uint8Array(64).fill(200) };
 * const [{ name, probability }] = await model.classify(pixels); // or the bytes of a JPEG, PNG, WebP, ...
 * console.log(name, probability > 0.5); // bright true
 * ```
 */
export class Classifier implements Disposable {
  readonly #panels = new Map<number, Panel>();
  /** Calls take turns at the device. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(private readonly model: OpenModel, private readonly judging: Judging) {}

  /**
   * Opens a checkpoint.
   *
   * @param checkpoint The bytes of a file of `train` or `finetune`; of an earlier version or of another program with
   * options that say what it does not tell.
   * @throws {TypeError | RangeError} when an option is not what it takes, or something of the model is not known.
   * @throws {Error} when the checkpoint does not fit. @throws {DeviceError} when there is no adapter.
   */
  static async open(checkpoint: Uint8Array, options: ClassifierOptions = {}): Promise<Classifier> {
    const { model, ensemble, family = "auto", memoryBudget = null, tune = "auto", ...rest } = options;
    const { cache = cacheFolder, onMessage, tta, adjust = 0, costs, ...keys } = rest;
    const said = checkConfig(modelKind, keys, "given");
    const file = {
      ...{ path: BYTES, bytes: checkpoint, said, asFlags: false },
      model: modelOf({ model, ensemble }, checkpoint),
      ensemble: ensemble instanceof Uint8Array ? { path: BYTES, bytes: ensemble } : null,
    };
    const progress = { ...silent, line: (text: string) => onMessage?.(text) };
    using stack = new DisposableStack();
    const opened = stack.use(await openModel(file, { family, memoryBudget, tune, cache }, progress));
    const judging = await judgingOf(BYTES, opened.facts, {
      ...{ tta: tta ?? null, costs: costs ?? null },
      adjust: { t: adjust, target: "hmean" },
    });
    stack.move();
    return new Classifier(opened, judging);
  }

  /** Names of the classes in the order of their labels. */
  get classNames(): readonly string[] {
    return this.model.facts.classNames;
  }

  /**
   * Tells how likely each class is.
   *
   * @param image Pixels, or the bytes of an image file; of any size, they are resized and cropped as in training.
   * @returns Every class, likeliest first; the probabilities sum to 1.
   * @throws {Error} when bytes are not an image that can be decoded. @throws {RangeError} when pixels do not fill their sizes.
   */
  async classify(image: RawImage | Uint8Array): Promise<ClassProbability[]> {
    return (await this.classifyAll([image]))[0];
  }

  /** Tells the same of several images, in less time than one after the other. @throws as {@linkcode classify}. */
  classifyAll(images: readonly (RawImage | Uint8Array)[]): Promise<ClassProbability[][]> {
    const result = this.#turn.then(() => this.#classify(images));
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Frees the device. */
  [Symbol.dispose](): void {
    for (const panel of this.#panels.values()) panel[Symbol.dispose]();
    this.model[Symbol.dispose]();
  }

  async #classify(images: readonly (RawImage | Uint8Array)[]): Promise<ClassProbability[][]> {
    const { facts: { height, width, shorter, mean: { length: channels }, classNames } } = this.model;
    const set = newImageSet(images.length, height, width, channels, classNames);
    const bytes = height * width * channels;
    const form = { shorter, height, width, channels, maxPixels: MAX_PIXELS };
    for (const [i, image] of images.entries()) {
      await plainImage(image, form, set.images.subarray(i * bytes, (i + 1) * bytes));
    }
    const found: ClassProbability[][] = [];
    if (images.length === 0) return found;
    await this.#panelFor(images.length).predict(set, "classify", this.judging, (predicted) => {
      found.push(...ranked(predicted, classNames, classNames.length));
    });
    return found;
  }

  #panelFor(count: number): Panel {
    const most = BATCHES.find((batch) => batch >= count) ?? BATCHES.at(-1)!;
    const { signal } = new AbortController();
    const known = this.#panels.get(most) ??
      new Panel([this.model], { workers: 0, most, progress: silent, signal });
    this.#panels.set(most, known);
    return known;
  }
}

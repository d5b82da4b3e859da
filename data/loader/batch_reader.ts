import { Draws } from "../augment/draws.ts";
import { applyFrame } from "../augment/frames.ts";
import type { ViewRecipe } from "../augment/recipe.ts";
import { augment } from "../augment/steps.ts";
import type { ImageFields } from "../images/image_set.ts";
import type { BrokenImage } from "../base/errors.ts";
import { imageReader, type ReadImage } from "./image_reader.ts";
import { hash32 } from "../base/random.ts";

/** Number of images that are decoded ahead of the current image: decoding has threads of its own. */
const AHEAD = 2;

/** The images that batches are made of, and how they are augmented. */
export interface BatchOptions {
  set: ImageFields;
  /** Images a batch. */
  batch: number;
  /** The recipes of the views that are made of each image. */
  views: ViewRecipe[];
  /** Seed of the random changes. */
  seed: number;
  /** True to decode files at their own size, whatever the set says. */
  whole?: boolean | undefined;
}

/** Bytes of a batch: [views, batch, height, width, channels]. */
export function batchBytes({ set, batch, views }: BatchOptions): number {
  return views.length * batch * set.height * set.width * set.channels;
}

/** Reads, augments and lays out the images of batches; gives the same bytes in and out of Workers. */
export class BatchReader {
  readonly #read: ReadImage;

  constructor(private readonly options: BatchOptions) {
    this.#read = imageReader(options.set, options.whole ?? false);
  }

  /**
   * Writes batch `number` of the order to `out`; rows after the last image, and rows of broken images, are zero.
   *
   * @param isOver Asked before each image: true ends the call early, for nobody needs the batch any more.
   * @returns The broken images of the batch, once all reading has ended.
   * @throws {RangeError} when an index is not below the set's count.
   */
  async read(
    order: Uint32Array,
    view: number,
    number: number,
    out: Uint8Array,
    isOver: () => boolean = () => false,
  ): Promise<BrokenImage[]> {
    const { set: { count, height, width, channels }, batch, views, seed } = this.options;
    const size = height * width * channels;
    const indices = order.subarray(number * batch, (number + 1) * batch);
    const beyond = indices.find((index) => index >= count);
    if (beyond !== undefined) {
      throw new RangeError(
        `Cannot load image ${beyond}: it takes indices below ${count}, the images of the set`,
      );
    }
    const broken: BrokenImage[] = [];
    const coming = Array.from(indices.subarray(0, AHEAD), (index) => this.#soon(index));
    try {
      for (const [i, index] of indices.entries()) {
        if (isOver()) return broken;
        if (i + AHEAD < indices.length) coming.push(this.#soon(indices[i + AHEAD]));
        const source = await coming.shift()!();
        if ("cause" in source) broken.push(source);
        views.forEach(({ frame, steps }, v) => {
          const at = (v * batch + i) * size;
          const data = out.subarray(at, at + size);
          if ("cause" in source) return data.fill(0);
          const target = { data, height, width, channels };
          // The draws depend on nothing else, so neither Workers nor orders matter.
          const draws = new Draws(v === 0 ? hash32(seed, view, index) : hash32(seed, view, index, v));
          this.#frame(index, () => applyFrame(source, target, frame, draws));
          augment(target, steps, draws);
        });
      }
    } finally {
      await Promise.allSettled(coming.map((image) => image()));
    }
    for (let v = 0; v < views.length; v++) {
      out.fill(0, (v * batch + indices.length) * size, (v + 1) * batch * size);
    }
    return broken;
  }

  /** Cuts out a part of an image. @throws {RangeError} when it is too small, with its file. */
  #frame(index: number, cut: () => void): void {
    const { set } = this.options;
    try {
      cut();
    } catch (error) {
      if (set.kind === "memory" || !(error instanceof RangeError)) throw error;
      throw new RangeError(`${error.message}: ${set.files[index]}`, { cause: error });
    }
  }

  /** Begins to read an image; an error waits until it is asked for. */
  #soon(index: number): () => ReturnType<ReadImage> {
    const image = this.#read(index);
    image.catch(() => {});
    return () => image;
  }
}

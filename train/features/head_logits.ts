import {
  type Device,
  jit,
  type Jitted,
  type Network,
  type Parameters,
  shaped,
  type Tensor,
} from "../../engine/mod.ts";
import { type FeatureRows, range, type RowSink } from "./rows.ts";

/** Samples of one dispatch, where there are many. */
const BATCH = 1024;

/** The parts of a setup that a last layer works with. */
export interface HeadSetup {
  device: Device;
  network: Pick<Network, "classes" | "features" | "classifier">;
}

/** The last layer's logits of features, with the weights that the stores hold at the time. */
export class HeadLogits implements Disposable {
  readonly #logits: Jitted<[features: Tensor], Tensor>;

  /** @param stores Hold the network's classifier. @param samples Samples of one dispatch. */
  constructor(
    private readonly setup: HeadSetup,
    stores: readonly Parameters[],
    private readonly samples = BATCH,
  ) {
    const { device, network: { classifier } } = setup;
    this.#logits = jit((features: Tensor) => classifier.logits(features), { device, parameters: stores });
  }

  /**
   * Sync point: plain logits [count, classes] of rows, a batch at a time; no prior is added at test time.
   *
   * @param check Called before each batch; what it throws ends the work.
   */
  async of(rows: FeatureRows, check: () => void): Promise<Float32Array> {
    const logits = this.collect(rows.count);
    const size = this.samples;
    const batch = new Float32Array(size * rows.width);
    try {
      for (let from = 0; from < rows.count; from += size) {
        check();
        const samples = range(from, Math.min(from + size, rows.count));
        const part = batch.subarray(0, samples.length * rows.width);
        rows.gather(samples, part);
        await logits.put(samples, part);
      }
    } finally {
      rows.close();
    }
    return logits.values;
  }

  /** Number of logits of a row. */
  get classes(): number {
    return this.setup.network.classes;
  }

  /**
   * Takes rows as they are computed, and keeps only the plain logits of each row. Every `put` is a sync point.
   *
   * @param values [count, classes], filled; new ones by default.
   */
  collect(
    count: number,
    values: Float32Array = new Float32Array(count * this.classes),
  ): RowSink & { /** [count, classes] */ values: Float32Array } {
    const { features: width, classes } = this.setup.network;
    const size = this.samples;
    const batch = new Float32Array(size * width);
    const put = async (samples: Uint32Array, rows: Float32Array) => {
      for (let from = 0; from < samples.length; from += size) {
        const part = samples.subarray(from, from + size);
        batch.set(rows.subarray(from * width, (from + part.length) * width));
        const logits = await (await this.#logits(shaped(batch, [size, width]))).data();
        part.forEach((to, i) => values.set(logits.subarray(i * classes, (i + 1) * classes), to * classes));
      }
    };
    return { values, put };
  }

  [Symbol.dispose](): void {
    this.#logits[Symbol.dispose]();
  }
}

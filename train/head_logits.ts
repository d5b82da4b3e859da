import { input, type Parameters, Plan } from "../engine/mod.ts";
import type { Setup } from "./setup.ts";

/** Samples of one dispatch. */
const BATCH = 1024;

/** The last layer's logits of features, with the weights that its stores hold at the time. */
export class HeadLogits implements Disposable {
  #plan: Plan | null = null;

  /** @param stores Hold the network's classifier. */
  constructor(private readonly setup: Setup, private readonly stores: readonly Parameters[]) {}

  /** Sync point: plain logits [count, classes] of features [count, features]; no prior is added at test time. */
  async of(features: Float32Array): Promise<Float32Array> {
    const { device, network: { features: width, classes, classifier } } = this.setup;
    const plan = this.#plan ??= await Plan.make(device, {
      outputs: { logits: classifier.logits(input("features", [BATCH, width])) },
      parameters: this.stores,
    });
    const count = features.length / width;
    const logits = new Float32Array(count * classes);
    const batch = new Float32Array(BATCH * width);
    for (let from = 0; from < count; from += BATCH) {
      const to = Math.min(from + BATCH, count);
      batch.set(features.subarray(from * width, to * width));
      plan.run({ features: batch });
      logits.set((await plan.read("logits")).subarray(0, (to - from) * classes), from * classes);
    }
    return logits;
  }

  [Symbol.dispose](): void {
    this.#plan?.[Symbol.dispose]();
  }
}

// A step on a batch that is too large for the device, with the result of the whole batch.
//
//   1. encode    each part through the backbone: its rows of the features [B, F]
//   2. judge     the whole batch: the loss of all features, the classifier's gradients, and dL/dfeatures [B, F]
//   3. descend   each part through the backbone again, and back from its rows of dL/dfeatures: sum_i f_i dL/df_i has the
//                gradients of the loss; they are added up in the order of the parts
//   4. update    one step of the optimiser
//
// The loss sees every image of the batch at once, so class sums, weights and means are those of the whole batch whatever
// the loss. Where the backbone is frozen there is no third phase. Only batch norms that go by the batch see a part alone.
// The price is a second forward pass; the memory is that of one part, and of the features. The host waits for nothing.
// Frozen stages before a trained last stage run twice, too. Keeping their outputs would save the second run, but take
// 411 MB for a batch of 512 images of 224 x 224 before ResNet-50's last stage, in pieces that fit a binding: they are not
// kept.
//
// Source: T. Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016; this step is its case of one checkpoint,
// at the features; L. Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup",
// 2021, for losses of the whole batch.
import { plural } from "../../progress/count.ts";
import { type HostTensor, ParameterLayout, Parameters, type PlanSize, shaped } from "../../../engine/mod.ts";
import type { Phases } from "../methods/method.ts";
import type { Values } from "../../features/inputs.ts";
import { jitsOf, type PhaseJits, Seam, trunkOf } from "./split_phases.ts";
import {
  inputsOf,
  type PlanRun,
  runAll,
  SCALAR,
  type StepParts,
  type StepPlans,
  together,
} from "./step_plans.ts";

/**
 * The memory and limits that the plans of a batch take, this process's images in parts of these sizes.
 *
 * @param count Images of all processes.
 */
export function measureSplit(
  parts: StepParts,
  phases: Phases,
  count: number,
  sizes: readonly number[],
): PlanSize {
  const seam = new Seam(parts, phases, (tensors, label) => new ParameterLayout(tensors, label));
  const ofPart = [...new Set(sizes)];
  const trained = trunkOf(parts, phases).length > 0;
  const slopes = trained ? ofPart.map((size) => seam.slopes(size)) : [];
  const stores = [seam.features(parts.method.share.own(count)), ...slopes, seam.total];
  const { encode, judge, descend, update } = jitsOf(parts, phases, seam);
  const shapes = (size: number) => parts.method.inputs(count, size);
  return together([
    ...ofPart.map((size) => encode.measure(pick(shapes(size), phases.encoded))),
    judge.measure(inputsOf(parts, count)),
    ...ofPart.filter(() => trained).map((size) =>
      descend.measure(pick(shapes(size), phases.encoded), SCALAR)
    ),
    update.measure(SCALAR),
  ], stores);
}

/** Steps in parts. */
export class SplitStep implements StepPlans {
  readonly #seam: Seam<Parameters>;
  readonly #jits: PhaseJits;
  readonly #trained: boolean;

  /** @param sizesOf The parts of a batch, in their order. */
  constructor(
    private readonly parts: StepParts,
    private readonly phases: Phases,
    private readonly sizesOf: (count: number) => readonly number[],
  ) {
    this.#seam = new Seam(parts, phases, (tensors, label) => new Parameters(parts.device, tensors, label));
    this.#jits = jitsOf(parts, phases, this.#seam);
    this.#trained = trunkOf(parts, phases).length > 0;
  }

  knows(count: number): boolean {
    return this.#jits.judge.knows(inputsOf(this.parts, count));
  }

  async runs(count: number, values: Values, lr: number): Promise<Iterable<PlanRun>> {
    const { judge, descend, update } = this.#jits;
    const encoders = await this.#encoders(count, values);
    const judged = { name: "judge", ...await judge.prepare(values) };
    const descents: PlanRun[] = [];
    for (const { size, from } of this.#trained ? this.#partsOf(count) : []) {
      const own = sliceRows(pick(values, this.phases.encoded), from, size);
      const ready = await descend.prepare(own, from === 0 ? 0 : 1);
      descents.push({ name: `descend, ${plural(size, "image")}`, ...ready });
    }
    return this.#inOrder(count, encoders, judged, [...descents, {
      name: "update",
      ...await update.prepare(lr),
    }]);
  }

  /** The first phase alone. @returns A store with the features [B, F] alone; this object owns the store. */
  async encode(count: number, values: Values): Promise<Parameters> {
    await runAll(this.#encoded(count, await this.#encoders(count, values)));
    return this.#seam.features(this.parts.method.share.own(count));
  }

  release(): void {
    for (const phase of Object.values(this.#jits)) phase.release();
    for (const store of this.#seam.stores) store[Symbol.dispose]();
    this.#seam.clear();
  }

  [Symbol.dispose](): void {
    this.release();
    for (const phase of Object.values(this.#jits)) phase[Symbol.dispose]();
  }

  async #encoders(count: number, values: Values): Promise<PlanRun[]> {
    const encoders: PlanRun[] = [];
    for (const { size, from } of this.#partsOf(count)) {
      const ready = await this.#jits.encode.prepare(sliceRows(pick(values, this.phases.encoded), from, size));
      encoders.push({ name: `encode, ${plural(size, "image")}`, ...ready });
    }
    return encoders;
  }

  *#inOrder(
    count: number,
    encoders: readonly PlanRun[],
    judge: PlanRun,
    descentsAndUpdate: readonly PlanRun[],
  ): Generator<PlanRun> {
    yield* this.#encoded(count, encoders);
    yield judge;
    const parts = this.#partsOf(count);
    for (const run of descentsAndUpdate) {
      const part = parts.shift();
      if (this.#trained && part) {
        const slopes = this.#seam.slopes(part.size);
        judge.plan.copyRows("slopes", part.from, slopes, slopes.tensors[0], 0, part.size);
      }
      yield run;
    }
  }

  *#encoded(count: number, encoders: readonly PlanRun[]): Generator<PlanRun> {
    const features = this.#seam.features(this.parts.method.share.own(count));
    for (const [i, { size, from }] of this.#partsOf(count).entries()) {
      yield encoders[i];
      encoders[i].plan.copyRows("features", 0, features, features.tensors[0], from, size);
    }
  }

  #partsOf(count: number): { size: number; from: number }[] {
    let from = 0;
    return this.sizesOf(count).map((size) => ({ size, from: (from += size) - size }));
  }
}

/** The rows of a part in the values of a batch; numbers stay. */
export function sliceRows(values: Values, from: number, size: number): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === "number") return [name, value];
      const { values: all, shape: [, ...rest] } = value as HostTensor;
      const row = rest.reduce((a, b) => a * b, 1);
      return [name, shaped(all.subarray(from * row, (from + size) * row), [size, ...rest])];
    }),
  );
}

/** The values of these names. */
export function pick<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

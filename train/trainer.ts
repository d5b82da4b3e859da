import type { Batch } from "../data/mod.ts";
import {
  DeviceError,
  grad,
  input,
  loadState,
  lossScale,
  MemoryError,
  nameOf,
  parameter,
  type ParameterGroup,
  Parameters,
  Plan,
  readState,
  scaleLoss,
  sgd,
  START_SCALE,
  type Tensor,
  track,
  unscale,
} from "../engine/mod.ts";
import { type Method, methodOf, type StepTime } from "./method.ts";
import { firstNonFinite } from "./non_finite.ts";
import type { Setup, State } from "./setup.ts";
import type { TrainConfig } from "./train_schema.ts";

/** Name of the sums that a run keeps on the device, as `track` makes them. */
const SUMS = "training sums";

/** The sums in a state: of losses, of hits, steps, and the first step without a finite loss (from 1), 0 if none. */
export function sumsOf(state: State): { loss: number; hits: number; steps: number; bad: number } {
  const [loss, hits, steps, bad] = state.get(SUMS)!;
  return { loss, hits, steps, bad };
}

/** A network on the device and its optimiser: takes steps without waiting for them. */
export class Trainer implements Disposable {
  /** The setup with the weights that are trained here, to evaluate them. */
  readonly trained: Setup;
  /** They hold the classifier. */
  readonly head: readonly Parameters[];
  readonly #method: Method;
  /** What of the classifier is not trained. */
  readonly #still: Parameters;
  /** What of the backbone is not trained. */
  readonly #frozen: readonly Parameters[];
  readonly #momenta: Parameters;
  readonly #sums: Parameters;
  /** In f16 alone. */
  readonly #scale: Parameters | null;
  readonly #plans = new Map<number, Plan>();

  /** @throws {DeviceError} when f16 is asked for on an adapter without it. */
  constructor(private readonly setup: Setup, private readonly config: TrainConfig) {
    const { device } = setup;
    if (config.precision === "f16" && !device.hasHalf) {
      throw new DeviceError(
        `Cannot train in f16 on ${device.adapter}: it takes an adapter with shader-f16, current has none: ` +
          "set precision to f32",
      );
    }
    this.#method = methodOf(setup, config);
    const { weights } = this.#method;
    const still = setup.network.classifier.tensors.filter((tensor) => !weights.tensors.includes(tensor));
    this.#still = new Parameters(device, still, "untrained weights");
    this.head = [weights, this.#still];
    this.#momenta = weights.like("momentum");
    this.#sums = new Parameters(device, [parameter(SUMS, [8])], SUMS);
    this.#scale = config.precision === "f16" ? lossScale(device) : null;
    const trained = new Set(weights.tensors);
    this.#frozen = setup.backbone.filter(({ tensors }) => !tensors.some((tensor) => trained.has(tensor)));
    this.trained = { ...setup, backbone: [...this.#frozen, weights] };
  }

  /** The state to begin with: the network's values, no momenta, no sums; in f16 the first scale of the loss. */
  fresh(network: State): State {
    const [scale, good] = this.#scale?.tensors ?? [];
    const zeros = [...this.#momenta.tensors, ...this.#sums.tensors, ...good ? [good] : []]
      .map((tensor) => [nameOf(tensor), new Float32Array(tensor.size)] as const);
    const begun = new Map([...this.#method.fresh(network), ...zeros]);
    return scale ? begun.set(nameOf(scale), Float32Array.of(START_SCALE)) : begun;
  }

  /** Sets everything that a step changes, and the whole classifier. */
  load(state: State): void {
    loadState(this.#kept, state);
  }

  /** Sync point: everything that a step changes, and the whole classifier, in torch's layouts. */
  state(): Promise<State> {
    return readState(this.#kept);
  }

  /** Begins new sums. @param state What the trainer holds; returned with the new sums. */
  clearSums(state: State): State {
    const zeros = new Float32Array(8);
    this.#sums.write(this.#sums.tensors[0], zeros);
    return new Map([...state, [SUMS, zeros]]);
  }

  /** The scale of the loss in a state; null in f32. */
  lossScaleIn(state: State): number | null {
    return this.#scale && state.get(nameOf(this.#scale.tensors[0]))![0];
  }

  /** Submits a step on a batch. It waits for nothing, but for the first batch of a size its plan is made. */
  async step(batch: Batch, time: StepTime): Promise<void> {
    const plan = await this.#plan(batch.count);
    plan.run({ ...this.#method.feeds(batch, time), lr: Float32Array.of(time.lr) });
  }

  /** Sync point: the first tensor that is not finite in the forward pass of such a step, in words. */
  async firstBad(batch: Batch, time: StepTime): Promise<string> {
    const { loss } = this.#method.graph(batch.count);
    const feeds = this.#method.feeds(batch, time);
    try {
      const found = await firstNonFinite(this.setup.device, [loss], this.#stores, feeds);
      return found ?? (this.#scale ? "the loss, where f16 ends at 65,504" : "the loss");
    } catch (error) {
      if (error instanceof MemoryError) return "the loss"; // not enough room to keep every tensor
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const owned of [...this.#plans.values(), this.#method, this.#still, this.#momenta, this.#sums]) {
      owned[Symbol.dispose]();
    }
    this.#scale?.[Symbol.dispose]();
  }

  get #kept(): Parameters[] {
    const scale = this.#scale ? [this.#scale] : [];
    return [...this.head, this.#momenta, ...this.#method.stores, this.#sums, ...scale];
  }

  get #stores(): Parameters[] {
    return [...this.#kept, ...this.#frozen];
  }

  /** The last layer's weight and bias, where their learning rate is not that of all. */
  get #groups(): ParameterGroup[] | undefined {
    const { config: { optimizer: { classifierFactor } }, setup: { network } } = this;
    if (classifierFactor === 1) return undefined;
    return [{ tensors: network.classifier.stored, lrFactor: classifierFactor }];
  }

  /** Batches are all of one size but the last: a plan for each size. */
  async #plan(size: number): Promise<Plan> {
    let plan = this.#plans.get(size);
    if (!plan) {
      const { weights } = this.#method;
      const { loss, hits, before, after } = this.#method.graph(size);
      const { momentum, weightDecay, nesterov } = this.config.optimizer;
      const [sums] = this.#sums.tensors;
      const { rescale, ...gradients } = this.#gradientsOf(loss);
      const update = sgd({
        parameters: weights,
        momenta: this.#momenta,
        ...gradients,
        lr: input("lr", []),
        momentum,
        weightDecay,
        nesterov,
        groups: this.#groups,
        guard: sums,
      });
      plan = await Plan.make(this.setup.device, {
        updates: [...before, track(sums, loss, hits), update, ...rescale ? [rescale] : [], ...after],
        parameters: this.#stores,
        precision: this.config.precision,
      });
      this.#plans.set(size, plan);
    }
    return plan;
  }

  /** What an optimiser takes of a loss; in f16 by way of its scale, with the effect that moves it on. */
  #gradientsOf(loss: Tensor): { gradients: Tensor | Tensor[]; unscaled?: Tensor; rescale?: Tensor } {
    const { weights } = this.#method;
    if (!this.#scale) return { gradients: grad(loss, weights.tensors) };
    return unscale(this.#scale, weights, grad(scaleLoss(loss, this.#scale), weights.tensors));
  }
}

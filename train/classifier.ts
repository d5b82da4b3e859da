import {
  balancedSoftmax,
  constant,
  correct,
  crossEntropy,
  gmlLoss,
  grad,
  inOrder,
  input,
  linear,
  NonFiniteError,
  parameter,
  Parameters,
  Plan,
  sgd,
  type Tensor,
  track,
} from "../engine/mod.ts";
import type { Config } from "./config.ts";
import type { Head, Setup } from "./setup.ts";

/** What an epoch of re-training left in the statistics: sums over its steps. */
export interface EpochResult {
  /** Mean loss of the steps. */
  loss: number;
  /** Share of the samples that were classified right while training. */
  accuracy: number;
}

/** State of the classifier and its optimiser between two epochs. */
export interface ClassifierState extends Head {
  momentumWeight: Float32Array;
  momentumBias: Float32Array;
}

/** Samples of one evaluation dispatch. */
const EVALUATION_BATCH = 1024;

/** The last layer on the device: trained on features, and evaluated on them. */
export class Classifier implements Disposable {
  readonly #plans = new Map<number, Promise<Plan>>();
  readonly #weights: Parameters;
  readonly #momenta: Parameters;
  readonly #statistics: Parameters;
  readonly #tracked: Tensor = parameter("statistics", [8]);
  #evaluation: Promise<Plan> | null = null;
  #steps: Uint32Array[] = [];

  constructor(private readonly setup: Setup, private readonly config: Config) {
    const { device, network: { classifier } } = setup;
    const { weight, bias } = classifier;
    this.#weights = new Parameters(device, [weight, bias], "classifier");
    this.#momenta = new Parameters(
      device,
      [weight, bias].map((t) => parameter("momentum", t.shape)),
      "momenta",
    );
    this.#statistics = new Parameters(device, [this.#tracked], "training statistics");
  }

  /** Sets the weights, and forgets the momenta or sets them too. */
  load(state: Head | ClassifierState): void {
    const [weight, bias] = this.#weights.tensors;
    this.#weights.write(weight, state.weight);
    this.#weights.write(bias, state.bias);
    const [ofWeight, ofBias] = this.#momenta.tensors;
    const momenta = "momentumWeight" in state ? state : null;
    this.#momenta.write(ofWeight, momenta?.momentumWeight ?? new Float32Array(ofWeight.size));
    this.#momenta.write(ofBias, momenta?.momentumBias ?? new Float32Array(ofBias.size));
  }

  /** Sync point: the weights and momenta. */
  async state(): Promise<ClassifierState> {
    const [weight, bias] = [...(await this.#weights.read()).values()];
    const [momentumWeight, momentumBias] = [...(await this.#momenta.read()).values()];
    return { weight, bias, momentumWeight, momentumBias };
  }

  /** One step of SGD on the features of these samples; does not wait. */
  async step(features: Float32Array, labels: Uint32Array, samples: Uint32Array, lr: number): Promise<void> {
    const plan = await this.#plan(samples.length);
    plan.run({ ...gather(features, labels, samples, this.setup.network.features), lr: Float32Array.of(lr) });
    this.#steps.push(samples);
  }

  /**
   * Sync point: what the steps since the last call did.
   *
   * @throws {NonFiniteError} when a loss was NaN or infinite; the weights are those before that step.
   */
  async collect(features: Float32Array, labels: Uint32Array): Promise<EpochResult> {
    const values = [...(await this.#statistics.read()).values()][0];
    const [loss, right, steps, bad] = values;
    const taken = this.#steps;
    this.#steps = [];
    this.#statistics.write(this.#tracked, new Float32Array(8));
    if (bad > 0) {
      const feeds = gather(features, labels, taken[bad - 1], this.setup.network.features);
      throw await this.#diagnose(bad, taken[bad - 1].length, feeds);
    }
    return { loss: loss / steps, accuracy: right / taken.reduce((sum, samples) => sum + samples.length, 0) };
  }

  /** Sync point: plain logits [count, classes] of features [count, features]; no prior is added at test time. */
  async logits(features: Float32Array): Promise<Float32Array> {
    const { device, network: { features: width, classes, classifier: { weight, bias } } } = this.setup;
    this.#evaluation ??= Plan.make(device, {
      outputs: { logits: linear(input("features", [EVALUATION_BATCH, width]), weight, bias) },
      parameters: [this.#weights],
    });
    const plan = await this.#evaluation;
    const count = features.length / width;
    const logits = new Float32Array(count * classes);
    const batch = new Float32Array(EVALUATION_BATCH * width);
    for (let from = 0; from < count; from += EVALUATION_BATCH) {
      const to = Math.min(from + EVALUATION_BATCH, count);
      batch.set(features.subarray(from * width, to * width));
      plan.run({ features: batch });
      logits.set((await plan.read("logits")).subarray(0, (to - from) * classes), from * classes);
    }
    return logits;
  }

  [Symbol.dispose](): void {
    for (const plan of [...this.#plans.values(), this.#evaluation]) {
      plan?.then((made) => made[Symbol.dispose]());
    }
    for (const store of [this.#weights, this.#momenta, this.#statistics]) store[Symbol.dispose]();
  }

  /** Batches are all of one size but the last: a plan for each size. */
  #plan(size: number): Promise<Plan> {
    let plan = this.#plans.get(size);
    if (!plan) {
      const { logits, labels, loss } = this.#graph(size);
      const { momentum, weightDecay, nesterov } = this.config.optimizer;
      const { weight, bias } = this.setup.network.classifier;
      const update = sgd({
        parameters: this.#weights,
        momenta: this.#momenta,
        gradients: grad(loss, [weight, bias]),
        lr: input("lr", []),
        momentum,
        weightDecay,
        nesterov,
        guard: this.#tracked,
      });
      plan = Plan.make(this.setup.device, {
        updates: [track(this.#tracked, loss, correct(logits, labels)), update],
        parameters: [this.#weights, this.#momenta, this.#statistics],
      });
      this.#plans.set(size, plan);
    }
    return plan;
  }

  #graph(size: number): { logits: Tensor; labels: Tensor; loss: Tensor } {
    const { network: { features, classes, classifier: { weight, bias } }, counts } = this.setup;
    const labels = input("labels", [size], "u32");
    const logits = linear(input("features", [size, features]), weight, bias);
    const logPrior = () => constant(Array.from(counts, (count) => Math.log(count)), [classes]);
    const weights = () => constant(Array.from(counts, (count) => 1 / count), [classes]);
    const losses = {
      "gml": () => gmlLoss(logits, labels, logPrior()),
      "ce": () => crossEntropy(logits, labels),
      "ce-weighted": () => crossEntropy(logits, labels, { weights: weights() }),
      "balanced-softmax": () => balancedSoftmax(logits, labels, logPrior()),
    };
    return { logits, labels, loss: losses[this.config.loss]() };
  }

  /** Runs a step's loss again with every tensor kept, to name the first that is not finite. */
  async #diagnose(
    step: number,
    size: number,
    feeds: Record<string, Float32Array | Uint32Array>,
  ): Promise<Error> {
    const { loss } = this.#graph(size);
    const order = inOrder([loss]).filter(({ dtype }) => dtype === "f32");
    const outputs = Object.fromEntries(order.map((tensor, i) => [`${i}`, tensor]));
    using plan = await Plan.make(this.setup.device, { outputs, parameters: [this.#weights] });
    plan.run(feeds);
    let name = "the loss";
    for (let i = 0; i < order.length; i++) {
      if ((await plan.read(`${i}`)).every(Number.isFinite)) continue;
      const { attrs } = order[i] as Tensor<{ name?: string } | null>;
      name = attrs?.name ? `${attrs.name} (${order[i].describe()})` : order[i].describe();
      break;
    }
    return new NonFiniteError(
      `Cannot go on: the loss of step ${step} of this epoch is not finite; the first tensor with NaN or infinite ` +
        `values is ${name}: the learning rate is too high, or the features are broken`,
    );
  }
}

/** The features and labels of a batch's samples. */
function gather(features: Float32Array, labels: Uint32Array, samples: Uint32Array, width: number) {
  const rows = new Float32Array(samples.length * width);
  samples.forEach((from, to) => rows.set(features.subarray(from * width, (from + 1) * width), to * width));
  return { features: rows, labels: Uint32Array.from(samples, (sample) => labels[sample]) };
}

import {
  correct,
  grad,
  jit,
  type Jitted,
  loadState,
  nameOf,
  NonFiniteError,
  type Optimizer,
  parameter,
  Parameters,
  readState,
  shaped,
  type Tensor,
  track,
} from "../../engine/mod.ts";
import type { FeatureRows } from "../features/rows.ts";
import type { Config } from "../config/load.ts";
import { HeadLogits, type HeadSetup } from "../features/head_logits.ts";
import { losses } from "../config/losses.ts";
import type { Inputs, Values } from "../features/inputs.ts";
import { brokenTensor, firstNonFinite } from "../features/non_finite.ts";
import { optimizerOf } from "../setup/optimizer.ts";
import type { Setup, State } from "../setup/setup.ts";

/** Bytes of features and milliseconds of steps after which the host waits for the device. */
const [STRETCH_BYTES, STRETCH_MS] = [256 * 2 ** 20, 1000];

/** What to train on in one epoch. */
export interface Epoch {
  /** From 1, for errors. */
  number: number;
  /** A row for each image. */
  features: FeatureRows;
  /** [images]. */
  labels: Uint32Array;
  /** The images' indices in the order of training. */
  order: Uint32Array;
  /** Learning rate. */
  lr: number;
  /** Hears, in a long epoch, how many images were trained on since it was last called. What it throws ends the epoch. */
  onStretch?: (images: number) => void;
}

/** What an epoch came to. */
export interface EpochResult {
  /** Mean loss of the steps. */
  loss: number;
  /** Share of the samples that were classified right while training. */
  accuracy: number;
  /** The classifier after it, and the momenta. */
  state: State;
}

/** The last layer on the device: trained on features, and evaluated on them. */
export class Classifier implements Disposable {
  /** A step of SGD: features [size, F], labels u32 [size] and the learning rate. */
  readonly update: Jitted<[Inputs, Tensor], { updates: Tensor[] }>;
  readonly #weights: Parameters;
  readonly #optimizer: Optimizer;
  readonly #statistics: Parameters;
  readonly #tracked: Tensor = parameter("statistics", [8]);
  readonly #logits: HeadLogits;
  /** Of the batch that is being written. */
  readonly #rows: Float32Array;
  /** The state before the epoch that is being trained. */
  #before: State | null = null;

  /** @param setup Of the network the last layer alone. */
  constructor(private readonly setup: HeadSetup & Pick<Setup, "counts">, private readonly config: Config) {
    const { device, network: { classifier } } = setup;
    this.#weights = new Parameters(device, classifier.tensors, "classifier");
    this.#optimizer = optimizerOf(config.optimizer, this.#weights);
    this.#statistics = new Parameters(device, [this.#tracked], "training statistics");
    this.#logits = new HeadLogits(setup, [this.#weights]);
    this.#rows = new Float32Array(config.batch * setup.network.features);
    this.update = jit((inputs: Inputs, lr: Tensor) => {
      const { logits, loss, gradients } = this.#graph(inputs);
      const update = this.#optimizer.step(gradients, lr, { guard: this.#tracked });
      return { updates: [track(this.#tracked, loss, correct(logits, inputs.labels)), update] };
    }, { device, parameters: [this.#weights] });
  }

  /** Sets the weights, and forgets the momenta or sets them too. Other names play no part. */
  load(state: State): void {
    const none = this.#optimizer.state.tensors.map((m) => [nameOf(m), new Float32Array(m.size)] as const);
    this.#before = new Map([...none, ...state]);
    loadState([this.#optimizer.state, this.#weights], this.#before);
  }

  /** Sync point: the momenta and weights. */
  state(): Promise<State> {
    return readState([this.#optimizer.state, this.#weights]);
  }

  /**
   * A step of the optimizer for each batch of an epoch, then a sync point: no step waits for the device, the rows of the next are
   * read while it works.
   *
   * @throws {NonFiniteError} when a loss or the weights became NaN or infinite; the weights are those before that step.
   * @throws {unknown} what `onStretch` throws; the weights are no epoch's then.
   */
  async train(epoch: Epoch): Promise<EpochResult> {
    try {
      return await this.#train(epoch);
    } finally {
      epoch.features.close();
    }
  }

  async #train(epoch: Epoch): Promise<EpochResult> {
    this.#before ??= await this.state();
    this.#statistics.write(this.#tracked, new Float32Array(8));
    let [waiting, mark] = [0, performance.now()];
    for (const samples of this.#batches(epoch)) {
      await this.#step(epoch, samples);
      waiting += samples.length;
      const bytes = 4 * waiting * epoch.features.width;
      if (bytes < STRETCH_BYTES && performance.now() - mark < STRETCH_MS) continue;
      await this.setup.device.finish(); // sync point: it bounds what waits on the device
      epoch.onStretch?.(waiting);
      [waiting, mark] = [0, performance.now()];
    }
    const [statistics, state] = await Promise.all([this.#statistics.read(), this.state()]);
    const [loss, right, steps, bad] = [...statistics.values()][0];
    if (bad > 0 || !Number.isFinite(loss) || brokenTensor(state)) {
      throw await this.#fault(epoch, this.#before, bad);
    }
    this.#before = state;
    return { loss: loss / steps, accuracy: right / epoch.order.length, state };
  }

  /** The plain logits of features; no prior is added at test time. */
  get logits(): HeadLogits {
    return this.#logits;
  }

  [Symbol.dispose](): void {
    for (
      const owned of [this.update, this.#logits, this.#weights, this.#optimizer, this.#statistics]
    ) owned[Symbol.dispose]();
  }

  *#batches({ order }: Epoch): Generator<Uint32Array> {
    const { batch } = this.config;
    for (let at = 0; at < order.length; at += batch) yield order.subarray(at, at + batch);
  }

  async #step(epoch: Epoch, samples: Uint32Array): Promise<void> {
    await this.update(this.#gather(epoch, samples), epoch.lr);
  }

  /** The features and labels of a batch. */
  #gather({ features, labels }: Epoch, samples: Uint32Array): Values {
    const rows = this.#rows.subarray(0, samples.length * features.width);
    features.gather(samples, rows);
    return {
      features: shaped(rows, [samples.length, features.width]),
      labels: Uint32Array.from(samples, (sample) => labels[sample]),
    };
  }

  #graph({ features, labels }: Inputs): { logits: Tensor; loss: Tensor; gradients: Tensor[] } {
    const { network: { classifier }, counts } = this.setup;
    const logits = classifier.logits(features);
    const loss = losses[this.config.loss.name].of({ ...this.config.loss, logits, labels, counts });
    return { logits, loss, gradients: grad(loss, classifier.tensors) };
  }

  /**
   * Goes through an epoch again, a step at a time, to the first that has no finite loss or leaves no finite weights.
   * Runs are repeatable, so it comes again; and no run pays for the search but the one that has failed.
   */
  async #fault(epoch: Epoch, start: State, bad: number): Promise<NonFiniteError> {
    let [before, number] = [start, 0];
    this.load(before);
    this.#statistics.write(this.#tracked, new Float32Array(8));
    for (const samples of this.#batches(epoch)) {
      number++;
      await this.#step(epoch, samples);
      const after = await this.state();
      const broken = brokenTensor(after);
      if (number !== bad && !broken) {
        before = after;
        continue;
      }
      this.load(before);
      const graph = (inputs: Inputs) => {
        const { loss, gradients } = this.#graph(inputs);
        return [loss, ...gradients];
      };
      const options = { device: this.setup.device, parameters: [this.#weights] };
      const first = await firstNonFinite(graph, this.#gather(epoch, samples), options);
      return notFinite(epoch, `at step ${number}`, first ?? `${broken} after it`);
    }
    return notFinite(epoch, "over all steps", "the sum of the losses");
  }
}

function notFinite({ number, lr }: Epoch, when: string, what: string): NonFiniteError {
  return new NonFiniteError(
    `Cannot go on with epoch ${number}: it takes finite numbers, the first NaN or infinite ones ${when} are in ` +
      `${what}: the learning rate ${lr} is too high`,
  );
}

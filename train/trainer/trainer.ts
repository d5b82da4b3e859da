import {
  allSkipped,
  DeviceError,
  loadState,
  lossScale,
  MemoryError,
  nameOf,
  type Optimizer,
  parameter,
  type ParameterGroup,
  Parameters,
  type PlanSize,
  readState,
  START_SCALE,
} from "../../engine/mod.ts";
import { BatchSplit } from "./steps/batch_split.ts";
import type { Method, Sized, StepTime } from "./methods/method.ts";
import { optimizerOf } from "../setup/optimizer.ts";
import type { ClassifierSetup, State } from "../setup/setup.ts";
import { firstBadOf } from "./steps/search.ts";
import { SplitStep } from "./steps/split_step.ts";
import {
  inputsOf,
  type PlanRun,
  runAll,
  type StepParts,
  type StepPlans,
  wholeStep,
} from "./steps/step_plans.ts";
import type { StepConfig } from "../config/schema/train.ts";

/** Name of the sums that a run keeps on the device, as `accumulateMetrics` makes them. */
const SUMS = "training sums";

/** The sums in a state: losses, hits and steps; and the first step without a finite loss, from 1, or 0. */
export function sumsOf(state: State): { loss: number; hits: number; steps: number; bad: number } {
  const [loss, hits, steps, bad] = state.get(SUMS)!;
  return { loss, hits, steps, bad };
}

/** A network on the device and its optimiser: takes steps without waiting for them. */
export class Trainer<B extends Sized> implements Disposable {
  /** The stores that hold the backbone, and the weights that are trained here. */
  readonly backbone: readonly Parameters[];
  /** The stores that hold the classifier. */
  readonly head: readonly Parameters[];
  readonly #method: Method<B>;
  /** Weights of the classifier that are not trained. */
  readonly #still: Parameters;
  /** Stores of the backbone that are not trained. */
  readonly #frozen: readonly Parameters[];
  readonly #optimizer: Optimizer;
  readonly #sums: Parameters;
  /** Scale of the loss; null in f32. */
  readonly #scale: Parameters | null;
  readonly #split: BatchSplit;
  readonly #owned: DisposableStack;
  readonly #whole: StepPlans;
  /** Takes batches in parts; null if the method cannot split a batch. */
  readonly #inParts: SplitStep | null;

  /**
   * @throws {DeviceError} when f16 is asked for on an adapter without it. @throws {MemoryError} when the budget does not
   * hold a step, whole or in parts. @throws {ShapeError} when the last batch of an epoch is too small for batch norms.
   *
   * @param methodOf Makes the way to train; the trainer owns it.
   */
  constructor(
    private readonly setup: ClassifierSetup,
    private readonly config: StepConfig,
    methodOf: () => Method<B>,
  ) {
    const { device } = setup;
    if (config.precision === "f16" && !device.hasF16) {
      throw new DeviceError(
        `Cannot train in f16 on ${device.adapter}: it takes an adapter with shader-f16, current has none: ` +
          "set precision to f32",
      );
    }
    using open = new DisposableStack();
    this.#method = open.use(methodOf());
    const { weights } = this.#method;
    const still = setup.network.classifier.tensors.filter((tensor) => !weights.tensors.includes(tensor));
    this.#still = open.use(new Parameters(device, still, "untrained weights"));
    this.head = [weights, this.#still];
    this.#optimizer = open.use(optimizerOf(config.optimizer, weights, this.#groups));
    this.#sums = open.use(new Parameters(device, [parameter(SUMS, [8])], SUMS));
    this.#scale = config.precision === "f16" ? open.use(lossScale(device)) : null;
    const trained = new Set(weights.tensors);
    this.#frozen = setup.backbone.filter(({ tensors }) => !tensors.some((tensor) => trained.has(tensor)));
    this.backbone = [...this.#frozen, weights];
    const { phases } = this.#method;
    this.#whole = open.use(wholeStep(this.#parts));
    this.#inParts = typeof phases === "string"
      ? null
      : open.use(new SplitStep(this.#parts, phases, (count) => this.#split.of(count)));
    this.#split = new BatchSplit(this.#parts, [this.#batch, this.#last], this.#kept);
    this.#owned = open.move();
  }

  /** The state to begin with: the network's values, no momenta, no sums; in f16 the first scale of the loss. */
  fresh(network: State): State {
    const [scale, good] = this.#scale?.tensors ?? [];
    const zeros = [...this.#optimizer.state.tensors, ...this.#sums.tensors, ...good ? [good] : []]
      .map((tensor) => [nameOf(tensor), new Float32Array(tensor.size)] as const);
    const begun = new Map([...this.#method.fresh(network), ...zeros]);
    if (scale) begun.set(nameOf(scale), Float32Array.of(START_SCALE));
    const kept = this.#kept.flatMap(({ tensors }) => tensors.map(nameOf));
    return new Map(kept.map((name) => [name, begun.get(name)!]));
  }

  /** Sets everything that a step changes, and the whole classifier. */
  load(state: State): void {
    loadState(this.#kept, state);
  }

  /** Sync point: everything that a step changes, and the whole classifier, in torch's layouts. */
  state(): Promise<State> {
    return readState(this.#kept);
  }

  /** Begins new sums. @param state The trainer's state; returned with the new sums. */
  clearSums(state: State): State {
    const zeros = new Float32Array(8);
    this.#sums.write(this.#sums.tensors[0], zeros);
    return new Map([...state, [SUMS, zeros]]);
  }

  /** The scale of the loss for a message, and if all steps were skipped; empty in f32. @param before An earlier state. */
  scaleWords(before: State, state: State): string {
    if (!this.#scale) return "";
    const [scale, good] = this.#scale.tensors.map((tensor) => state.get(nameOf(tensor))![0]);
    const first = before.get(nameOf(this.#scale.tensors[0]))![0];
    const skipped = allSkipped(first, { scale, good }, sumsOf(state).steps - sumsOf(before).steps);
    const why = "no step was taken, as gradients are beyond what f16 holds";
    return `, loss scale ${scale}${skipped ? `: ${why}` : ""}`;
  }

  /** This process's images of the parts that batches are taken in, in their order; a single part is the whole batch. */
  get parts(): readonly number[] {
    return this.#split.of(this.#batch);
  }

  /** Images that a process takes at once, at most. */
  get most(): number {
    return this.#split.most(this.#batch);
  }

  /** Submits a step on a batch, waiting for other processes alone, which begin once the plans of the batch's size are made. */
  async step(batch: B, time: StepTime): Promise<void> {
    const runs = await this.runs(batch, time);
    await this.#method.share.step(() => runAll(runs));
  }

  /** The same step, run by run: the caller runs each before it asks for the next. */
  async runs(batch: B, time: StepTime): Promise<Iterable<PlanRun>> {
    const { count } = batch;
    const plans = this.#plansOf(count);
    // Only the last batch of an epoch has another size: plans of both sizes stay as long as there is room for them.
    if (!plans.knows(count) && !this.#split.fits(count)) this.release();
    return await plans.runs(count, this.#method.values(batch, time), time.lr);
  }

  /** True if the plans of a step on so many images are there. */
  knows(count: number): boolean {
    return this.#plansOf(count).knows(count);
  }

  /** Works out anew the memory that the plans of a step on so many images take; allocates nothing. */
  measure(count: number): PlanSize {
    return this.#split.measure(count);
  }

  /** Bytes that the host hands to the device for a step on so many samples. */
  bytesOf(count: number): number {
    return Object.values(inputsOf(this.#parts, count)).reduce(
      (sum, { shape, dtype }) => sum + shape.reduce((a, b) => a * b, dtype === "u8" ? 1 : 4),
      0,
    );
  }

  /** Gives back the memory of the plans, until the next step makes them again: for work of another kind. */
  release(): void {
    this.#whole.release();
    this.#inParts?.release();
  }

  /** Sync point: the first tensor that is not finite in the forward pass of a step, in words. One process alone searches. */
  async firstBad(batch: B, time: StepTime): Promise<string> {
    // Each search is another plan, which other processes would have to run too.
    if (this.#method.share.communicator) return "the loss";
    this.release();
    try {
      const { count } = batch;
      const step = this.#inParts;
      const inParts = step && this.#plansOf(count) === step ? { step, sizes: this.#split.of(count) } : null;
      const found = await firstBadOf(this.#parts, count, this.#method.values(batch, time), inParts);
      return found ?? (this.#scale ? "the loss, where f16 ends at 65,504" : "the loss");
    } catch (error) {
      if (error instanceof MemoryError) return "the loss"; // not enough room to keep every tensor
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }

  get #kept(): Parameters[] {
    const scale = this.#scale ? [this.#scale] : [];
    return [...this.head, this.#optimizer.state, ...this.#method.stores, this.#sums, ...scale];
  }

  /** The last layer's weight and bias, if they have a learning rate of their own. */
  get #groups(): ParameterGroup[] | undefined {
    const { config: { optimizer: { classifierFactor } }, setup: { network } } = this;
    if (classifierFactor === 1) return undefined;
    return [{ tensors: network.classifier.stored, lrFactor: classifierFactor }];
  }

  /** Images of every batch but the last of an epoch. */
  get #batch(): number {
    return Math.min(this.config.batch, this.setup.train.count);
  }

  /** Images of the last batch of an epoch. */
  get #last(): number {
    return this.setup.train.count % this.#batch || this.#batch;
  }

  get #parts(): StepParts {
    return {
      device: this.setup.device,
      config: this.config,
      method: this.#method,
      optimizer: this.#optimizer,
      sums: this.#sums,
      scale: this.#scale,
      stores: [...this.#kept, ...this.#frozen],
    };
  }

  /** The plans for batches of so many images. */
  #plansOf(count: number): StepPlans {
    return this.#inParts && !this.#split.isWhole(count) ? this.#inParts : this.#whole;
  }
}

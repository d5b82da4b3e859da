import { DeviceError } from "../graph/errors.ts";
import type { LoweredNode, Tensor } from "../graph/node.ts";
import { chooseKernels } from "./choose.ts";
import type { Device } from "../device/device.ts";
import { dispatchStepOf } from "./dispatch_step.ts";
import { lowerGraph, planSizeOf } from "./lower.ts";
import { checkFeeds, type Feeds } from "../device/feeds.ts";
import type { OwnedBuffer, PlanSize } from "../device/memory.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Parameters } from "../device/parameters.ts";
import { callsOf, type HostCall, runAmid, type Submit } from "./host_calls.ts";
import { timesOf } from "./profile.ts";
import { Outputs } from "./outputs.ts";
import type { PlanSpec, Precision } from "./spec.ts";
import {
  type DispatchStep,
  type PlanStep,
  recordSteps,
  type StepFacts,
  type TransferStep,
} from "../device/steps/step.ts";
import { StorageMap } from "./storage.ts";
import { describeSize, type Dispatch, dispatchesOf, dispatchTable } from "../device/steps/trace.ts";
import { transferOf } from "./transfer_step.ts";

export type { DispatchStep, Feeds, PlanSize, PlanSpec, PlanStep, Precision, StepFacts, TransferStep };

/**
 * A graph made ready to run many times: pipelines, bind groups and memory are made once; a run writes the inputs and
 * submits a command buffer, long work in several, without waiting.
 */
export class Plan implements Disposable {
  readonly #outputs: Outputs;
  readonly #storage: StorageMap;
  /** Versions of the stores at which the kept results were computed. */
  #keptAt = "";
  /** True while a run waits for the host. */
  #running = false;

  private constructor(
    /** The device that the plan was made for. */
    readonly device: Device,
    /** Steps whose results are kept until a store changes. */
    readonly once: readonly PlanStep[],
    /** Steps of every run. */
    readonly steps: readonly PlanStep[],
    /** Tensors that the host computes amid every run, in the order in which it is called. */
    readonly calls: readonly HostCall[],
    private readonly stores: readonly { store: Parameters; written: boolean }[],
    /** The inputs by name. */
    readonly inputs: ReadonlyMap<string, Tensor>,
    outputs: ReadonlyMap<string, Tensor>,
    storage: StorageMap,
  ) {
    this.#outputs = new Outputs(device, outputs, storage);
    this.#storage = storage;
  }

  /**
   * Plans a graph: fuses, places, lowers, allocates, and makes the pipelines.
   *
   * @throws {TypeError} when two inputs share a name, a parameter has no store or two, or an update writes anything
   * but parameters.
   * @throws {MemoryError} when the budget does not hold it. @throws {DeviceError} when a shader does not compile, or f16
   * is asked for on an adapter without it.
   */
  static async make(device: Device, spec: PlanSpec): Promise<Plan> {
    const lowered = lowerGraph(device, spec);
    const { once, always, stores, inputs, outputs, memory } = lowered;
    const size = planSizeOf(lowered);
    device.memory.check("plan this graph", size.bytes, size.shares);
    using opened = new DisposableStack();
    const storage = opened.use(
      await device.validated("plan this graph", () => new StorageMap(device, memory)),
    );
    const kernelsOf = await chooseKernels(device, storage, [...once, ...always]);
    const stepsOf = (computed: LoweredNode): PlanStep[] => {
      const transfer = transferOf(storage, computed.node);
      if (transfer) return [transfer];
      return kernelsOf(computed).map((kernel) => dispatchStepOf(device, storage, computed.node, kernel));
    };
    const plan = await device.validated("plan this graph", () => {
      const steps = always.map(stepsOf);
      const calls = callsOf(always, steps, storage);
      return new Plan(device, once.flatMap(stepsOf), steps.flat(), calls, stores, inputs, outputs, storage);
    });
    opened.move();
    return plan;
  }

  /**
   * The memory that a plan of this graph would take, to the byte. Nothing is allocated, no shader compiled; of its stores the layout
   * will do. {@linkcode Device.holds} tells whether there is room.
   *
   * @throws {TypeError} as {@link Plan.make}. @throws {DeviceError} when f16 is asked for on an adapter without it.
   */
  static measure(device: Device, spec: PlanSpec<ParameterLayout>): PlanSize {
    return planSizeOf(lowerGraph(device, spec));
  }

  /**
   * The plan as text: its dispatches and native copies with kernel, shape, bytes and GFLOP, and what times are given.
   *
   * @param times Times that {@link Plan.profile} measured.
   */
  describe(times?: readonly number[]): string {
    const size = describeSize(this.steps, this.once, this.bytes, this.calls.length);
    return `${size}\n${dispatchTable(this.dispatches(times))}`;
  }

  /** The dispatches and native copies of every run. @param times Times that {@link Plan.profile} measured. */
  dispatches(times?: readonly number[]): Dispatch[] {
    return dispatchesOf(this.steps, times);
  }

  /** Bytes of device memory that this plan holds; parameters belong to their stores. */
  get bytes(): number {
    return this.#storage.bytes;
  }

  /**
   * Writes the inputs and submits the steps; does not wait.
   *
   * @throws {TypeError} when an input is missing, unknown, or of a wrong type or length; or the host computes something amid
   * a run, so that it takes {@link Plan.runAsync}.
   * @throws {DeviceError} when the device was lost or reported an error, or the plan was disposed of.
   */
  run(feeds: Feeds = {}): void {
    if (this.calls.length > 0) {
      throw new TypeError(
        `Cannot run the plan: it takes runAsync, for the host computes ${
          this.calls[0].node.describe()
        } amid a run`,
      );
    }
    this.#begin(feeds);
    this.device.queue.run("plan", this.steps, recordSteps);
    this.#end();
  }

  /**
   * The same of any plan: it waits for what the host computes amid the run, and no longer. Await it before the plan, or
   * another with its stores, runs.
   *
   * @throws The error of a function of the host: the plan can run again, but what was written before stays. @throws as
   * {@link Plan.run}. @throws {DeviceError} when another run is under way.
   */
  async runAsync(feeds: Feeds = {}): Promise<void> {
    if (this.calls.length === 0) return this.run(feeds);
    await this.#amid(feeds, async (steps, pause) => {
      for (const _ of this.device.queue.inParts("plan", steps, recordSteps)) await pause();
    });
  }

  /**
   * Copies the first bytes of an output to a buffer, on the device; does not wait.
   *
   * @throws {RangeError} when either has fewer bytes. @throws {TypeError} when there is no such output.
   * @throws {DeviceError} when the plan was disposed of, or has not run.
   */
  copyOutput(name: string, target: OwnedBuffer, offset: number, bytes: number): void {
    this.#outputs.copy(name, target, offset, bytes);
  }

  /**
   * Copies rows of an output into a tensor of a store, on the device; does not wait.
   *
   * @param from The first of the output's rows. @param target The tensor. @param to The first of its rows.
   * @param count Number of rows, each as long as those of the target.
   * @throws {RangeError} when either has fewer rows. @throws {TypeError} when there is no such output, or the tensor is
   * not in the store. @throws {DeviceError} when the plan was disposed of, or has not run.
   */
  copyRows(name: string, from: number, store: Parameters, target: Tensor, to: number, count: number): void {
    this.#outputs.copyRows(name, from, store, target, to, count);
  }

  /**
   * Sync point: the values of an output after the last run, whole numbers as floats too.
   *
   * @throws {TypeError} when there is no such output. @throws {DeviceError} when the plan was disposed of, has not
   * run, or the device failed.
   */
  read(name: string): Promise<Float32Array> {
    return this.#outputs.read(name);
  }

  /**
   * Sync point: runs the plan to warm up, then step by step, and times each on the device. Updates happen
   * twice.
   *
   * @returns Milliseconds of each of {@link Plan.steps}. @throws {DeviceError} without `timestamp-query`.
   */
  async profile(feeds: Feeds = {}): Promise<number[]> {
    await this.runAsync(feeds);
    const times: number[] = [];
    await this.#amid(feeds, async (steps) => void times.push(...await timesOf(this.device, steps)));
    return times;
  }

  /** Frees the memory of the plan; that of its stores stays. */
  [Symbol.dispose](): void {
    this.#outputs.live = false;
    this.#storage[Symbol.dispose]();
  }

  /** Writes the inputs, and computes again what is kept but stale. */
  #begin(feeds: Feeds): void {
    this.#check();
    checkFeeds(this.inputs, feeds);
    for (const [name, tensor] of this.inputs) this.#storage.write(tensor, feeds[name]);
    const versions = this.stores.filter(({ written }) => !written).map(({ store }) => store.version).join();
    if (this.#keptAt !== `at ${versions}`) this.device.queue.run("plan", this.once, recordSteps);
    this.#keptAt = `at ${versions}`;
    this.#outputs.computed = true;
  }

  #end(): void {
    for (const { store, written } of this.stores) if (written) store.version++;
  }

  /** A run with calls of the host. */
  async #amid(feeds: Feeds, submit: Submit): Promise<void> {
    if (this.#running) {
      throw new DeviceError("Cannot run the plan: a run of it is under way: await that first");
    }
    this.#begin(feeds);
    this.#running = true;
    try {
      await runAmid(this.device, this.steps, this.calls, submit, () => this.#check());
    } finally {
      this.#running = false;
      this.#end();
    }
  }

  #check(): void {
    if (!this.#outputs.live) {
      throw new DeviceError("Cannot run the plan: it was disposed of, its memory is gone");
    }
    this.device.check();
  }
}

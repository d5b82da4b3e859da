import { DeviceError } from "../graph/errors.ts";
import type { LoweredNode, Tensor } from "../graph/node.ts";
import { chooseKernels } from "./choose.ts";
import type { Device } from "../device/device.ts";
import { dispatchStepOf } from "./dispatch_step.ts";
import { lowerGraph, planSizeOf } from "./lower.ts";
import { ARRAYS, checkFeeds, type Feeds } from "../device/feeds.ts";
import type { OwnedBuffer, PlanSize } from "../device/memory.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Parameters } from "../device/parameters.ts";
import { timesOf } from "./profile.ts";
import type { PlanSpec, Precision } from "./spec.ts";
import {
  type DispatchStep,
  type PlanStep,
  recordSteps,
  type StepFacts,
  type TransferStep,
} from "../device/step.ts";
import { StorageMap, type TensorStorage } from "./storage.ts";
import { describeSize, type Dispatch, dispatchesOf, dispatchTable } from "../device/trace.ts";
import { transferOf } from "./transfer_step.ts";

export type { DispatchStep, Feeds, PlanSize, PlanSpec, PlanStep, Precision, StepFacts, TransferStep };

/**
 * A graph made ready to run many times: pipelines, bind groups and memory are made once; a run writes the inputs and
 * submits a command buffer, long work in several, without waiting.
 */
export class Plan implements Disposable {
  readonly #outputs: ReadonlyMap<string, Tensor>;
  readonly #storage: StorageMap;
  /** Versions of the stores at which the kept results were computed. */
  #keptAt = "";
  #live = true;

  private constructor(
    /** The device that the plan was made for. */
    readonly device: Device,
    /** Steps whose results are kept until a store changes. */
    readonly once: readonly PlanStep[],
    /** Steps of every run. */
    readonly steps: readonly PlanStep[],
    private readonly stores: readonly { store: Parameters; written: boolean }[],
    /** The inputs by name. */
    readonly inputs: ReadonlyMap<string, Tensor>,
    outputs: ReadonlyMap<string, Tensor>,
    storage: StorageMap,
  ) {
    this.#outputs = outputs;
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
    const plan = await device.validated(
      "plan this graph",
      () =>
        new Plan(device, once.flatMap(stepsOf), always.flatMap(stepsOf), stores, inputs, outputs, storage),
    );
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
    const size = describeSize(this.steps, this.once, this.bytes);
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
   * @throws {TypeError} when an input is missing, unknown, or of a wrong type or length.
   * @throws {DeviceError} when the device was lost or reported an error, or the plan was disposed of.
   */
  run(feeds: Feeds = {}): void {
    if (!this.#live) throw new DeviceError("Cannot run the plan: it was disposed of, its memory is gone");
    this.device.check();
    checkFeeds(this.inputs, feeds);
    for (const [name, tensor] of this.inputs) this.#storage.write(tensor, feeds[name]);
    for (const steps of this.#due()) this.device.queue.run("plan", steps, recordSteps);
    for (const { store, written } of this.stores) if (written) store.version++;
  }

  /**
   * Copies the first bytes of an output to a buffer, on the device; does not wait.
   *
   * @throws {RangeError} when either has fewer bytes. @throws {TypeError} when there is no such output.
   * @throws {DeviceError} when the plan was disposed of, or has not run.
   */
  copyOutput(name: string, target: OwnedBuffer, offset: number, bytes: number): void {
    const source = this.#output(name).storage;
    const most = Math.min(source.bytes, target.bytes - offset);
    if (bytes > most) {
      throw new RangeError(`Cannot copy ${name}: it takes at most ${most} bytes, current are ${bytes}`);
    }
    this.#copy(name, source.offset, target.buffer, offset, bytes);
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
    const { tensor, storage } = this.#output(name);
    const place = store.locate(target);
    if (!place) {
      throw new TypeError(`Cannot copy ${name} to ${target.describe()}: the store does not hold it`);
    }
    const width = target.size / target.shape[0];
    if ((from + count) * width > tensor.size || (to + count) * width > target.size) {
      throw new RangeError(
        `Cannot copy ${name} to ${target.describe()}: it takes rows that both have, current are ${count} from ` +
          `row ${from} to row ${to} of ${tensor.describe()}`,
      );
    }
    const bytes = (rows: number) => rows * width * 4;
    this.#copy(name, storage.offset + bytes(from), place.buffer, place.offset + bytes(to), bytes(count));
    store.version++;
  }

  /**
   * Sync point: the values of an output after the last run, whole numbers as floats too.
   *
   * @throws {TypeError} when there is no such output. @throws {DeviceError} when the plan was disposed of, has not
   * run, or the device failed.
   */
  async read(name: string): Promise<Float32Array> {
    const { tensor: { dtype, size }, storage: { buffer, offset, bytes } } = this.#output(name);
    const values = new ARRAYS[dtype](await this.device.read(buffer, offset, bytes), 0, size);
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }

  /**
   * Sync point: runs the plan to warm up, then step by step, and times each on the device. Updates happen
   * twice.
   *
   * @returns Milliseconds of each of {@link Plan.steps}. @throws {DeviceError} without `timestamp-query`.
   */
  async profile(feeds: Feeds = {}): Promise<number[]> {
    this.run(feeds);
    return await timesOf(this.device, this.steps);
  }

  /** Frees the memory of the plan; that of its stores stays. */
  [Symbol.dispose](): void {
    this.#live = false;
    this.#storage[Symbol.dispose]();
  }

  #copy(name: string, from: number, target: GPUBuffer, to: number, bytes: number): void {
    const { buffer } = this.#output(name).storage;
    const encoder = this.device.gpu.createCommandEncoder({ label: name });
    encoder.copyBufferToBuffer(buffer, from, target, to, bytes);
    this.device.queue.submit(encoder);
  }

  #due(): (readonly PlanStep[])[] {
    const versions = this.stores.filter(({ written }) => !written).map(({ store }) => store.version).join();
    const stale = this.#keptAt !== `at ${versions}`;
    this.#keptAt = `at ${versions}`;
    return stale ? [this.once, this.steps] : [this.steps];
  }

  #output(name: string): { tensor: Tensor; storage: TensorStorage & { place: "buffer" } } {
    const tensor = this.#outputs.get(name);
    if (!tensor) {
      throw new TypeError(
        `Cannot read ${name}: the plan's outputs are ${[...this.#outputs.keys()].join(", ")}`,
      );
    }
    if (!this.#live) {
      throw new DeviceError(`Cannot read ${name}: the plan was disposed of, its memory is gone`);
    }
    if (!this.#keptAt) throw new DeviceError(`Cannot read ${name}: the plan has not run yet`);
    return { tensor, storage: this.#storage.of(tensor) as TensorStorage & { place: "buffer" } };
  }
}

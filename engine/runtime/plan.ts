import { DeviceError } from "../errors.ts";
import { inOrder, memoryOf } from "../graph.ts";
import type { Lowering } from "../op.ts";
import { copy } from "../ops/copy.ts";
import { fuse } from "../passes/fuse.ts";
import { fuseNorms } from "../passes/fuse_norms.ts";
import { half } from "../passes/half.ts";
import { place } from "../passes/place.ts";
import { simplify } from "../passes/simplify.ts";
import { stable } from "../passes/stable.ts";
import type { Tensor } from "../tensor.ts";
import type { Device } from "./device.ts";
import { ARRAYS, checkFeeds, type Feeds } from "./feeds.ts";
import type { OwnedBuffer } from "./memory.ts";
import type { Parameters } from "./parameters.ts";
import { timesOf } from "./profile.ts";
import { checkEffects, inputsOf, type PlanSpec, type Precision, targetsOf } from "./spec.ts";
import { type Step, stepOf } from "./step.ts";
import { type Storage, StorageMap } from "./storage.ts";
import { describeSize, describeSteps } from "./trace.ts";

export type { Feeds, PlanSpec, Precision, Step };

/**
 * A graph made ready to run many times: pipelines, bind groups and memory are made once; a run writes the inputs and
 * submits one command buffer, without waiting.
 */
export class Plan implements Disposable {
  readonly #inputs: ReadonlyMap<string, Tensor>;
  readonly #outputs: ReadonlyMap<string, Tensor>;
  readonly #storage: StorageMap;
  /** Versions of the stores at which the kept results were computed. */
  #keptAt = "";
  #live = true;

  private constructor(
    /** The device that the plan was made for. */
    readonly device: Device,
    /** Dispatches whose results are kept until a store changes. */
    readonly once: readonly Step[],
    /** Dispatches of every run. */
    readonly steps: readonly Step[],
    private readonly stores: readonly { store: Parameters; written: boolean }[],
    inputs: ReadonlyMap<string, Tensor>,
    outputs: ReadonlyMap<string, Tensor>,
    storage: StorageMap,
  ) {
    this.#inputs = inputs;
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
    const { outputs = {}, updates = [], parameters = [], precision = "f32" } = spec;
    if (precision === "f16" && !device.hasHalf) {
      throw new DeviceError(
        `Cannot plan in f16 on ${device.adapter}: it takes an adapter with shader-f16, current has none: plan in f32`,
      );
    }
    const names = Object.keys(outputs);
    const simple = simplify([...Object.values(outputs), ...updates]);
    const simpleUpdates = simple.slice(names.length);
    checkEffects(inOrder(simple), simpleUpdates, parameters);
    const stores = parameters.map((store) => ({
      store,
      written: simpleUpdates.flatMap(targetsOf).some((target) => store.locate(target)),
    }));
    const written = (node: Tensor) =>
      stores.some(({ store, written }) => written && store.locate(node) !== null);
    // Of a parameter that the plan writes, the host gets what the others see: the value from before the step.
    const results = simple.map((root, i) => i < names.length && written(memoryOf(root)) ? copy(root) : root);
    const roots = fuseNorms(fuse(results));
    const placed = place(roots, device.family, device.gpu.limits.maxTextureDimension2D);
    const order = inOrder(placed.outputs);
    const effects = placed.outputs.slice(names.length);
    const inputs = inputsOf(order);
    const kept = stable(placed.outputs, written);

    // Updates come last: whatever reads a parameter sees its value from before the step.
    const computed = [...order.filter((node) => !effects.includes(node)), ...effects]
      .filter((node) => node.op.lower)
      .map((node) => ({ node, lowering: lowerAt(node, placed.places, device) }));
    const once = computed.filter(({ node }) => kept.has(node));
    const always = computed.filter(({ node }) => !kept.has(node));
    const halved = precision === "f16" ? half(order, placed.outputs, computed) : new Set<Tensor>();

    return await device.validated("plan this graph", () => {
      const storage = new StorageMap(device, {
        outputs: placed.outputs,
        places: placed.places,
        half: halved,
        steps: [...once, ...always],
        stable: kept,
        parameters,
      });
      const record = ({ node, lowering }: typeof computed[number]) =>
        lowering.kernels.map((kernel) => stepOf(device, storage, node, kernel));
      try {
        const byName = new Map(names.map((name, i) => [name, placed.outputs[i]]));
        return new Plan(
          device,
          once.flatMap(record),
          always.flatMap(record),
          stores,
          inputs,
          byName,
          storage,
        );
      } catch (error) {
        storage[Symbol.dispose]();
        throw error;
      }
    });
  }

  /**
   * The plan as text: its dispatches with kernel, shape, bytes and GFLOP, and what times are given.
   *
   * @param times What {@link Plan.profile} measured.
   */
  describe(times?: readonly number[]): string {
    const size = describeSize(this.steps.length, this.once.length, this.bytes);
    return `${size}\n${describeSteps(this.steps, times)}`;
  }

  /** Bytes of device memory that this plan holds; parameters belong to their stores. */
  get bytes(): number {
    return this.#storage.bytes;
  }

  /**
   * Writes the inputs and submits one command buffer; does not wait.
   *
   * @throws {TypeError} when an input is missing, unknown, or of a wrong type or length.
   * @throws {DeviceError} when the device was lost or reported an error, or the plan was disposed of.
   */
  run(feeds: Feeds = {}): void {
    if (!this.#live) throw new DeviceError("Cannot run the plan: it was disposed of, its memory is gone");
    this.device.check();
    checkFeeds(this.#inputs, feeds);
    for (const [name, tensor] of this.#inputs) this.#storage.write(tensor, feeds[name]);
    const encoder = this.device.gpu.createCommandEncoder({ label: "plan" });
    const pass = encoder.beginComputePass({ label: "plan" });
    for (const { pipeline, bindings, kernel } of this.#due()) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(...kernel.workgroups);
    }
    pass.end();
    this.device.gpu.queue.submit([encoder.finish()]);
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
    const encoder = this.device.gpu.createCommandEncoder({ label: name });
    encoder.copyBufferToBuffer(source.buffer, source.offset, target.buffer, offset, bytes);
    this.device.gpu.queue.submit([encoder.finish()]);
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
   * Sync point: runs the plan to warm up, then dispatch by dispatch, and times each on the device. Updates happen
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

  #due(): Step[] {
    const versions = this.stores.filter(({ written }) => !written).map(({ store }) => store.version).join();
    const stale = this.#keptAt !== `at ${versions}`;
    this.#keptAt = `at ${versions}`;
    return stale ? [...this.once, ...this.steps] : [...this.steps];
  }

  #output(name: string): { tensor: Tensor; storage: Storage & { place: "buffer" } } {
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
    return { tensor, storage: this.#storage.of(tensor) as Storage & { place: "buffer" } };
  }
}

function lowerAt(node: Tensor, places: ReadonlyMap<Tensor, "buffer" | "texture">, device: Device): Lowering {
  return node.op.lower!(node, {
    family: device.family,
    inputs: node.inputs.map((input) => places.get(input)!),
    output: places.get(node)!,
  });
}

import { DeviceError, MemoryError } from "../graph/errors.ts";
import type { Family } from "../graph/node.ts";
import { checkLimits, directivesOf, fastestAdapter, isSoftware, requestDevice } from "./adapter.ts";
import { inErrorScopes } from "./error_scopes.ts";
import { Health, LESS_MEMORY } from "./health.ts";
import type { NumberFormat } from "../kernel/format.ts";
import { DEFAULT_MEMORY_BUDGET, Memory, OwnedBuffer, OwnedTexture, type PlanNeeds } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";
import { Queue } from "./steps/queue.ts";
import { Sizes } from "./sizes.ts";
import type { Tuning } from "./tuning.ts";

/** Options of opening a device. */
export interface DeviceOptions {
  /** Kernel family; `auto` (default) takes `lane` on software adapters and `tile` on others. */
  family?: Family | "auto" | undefined;
  /** Bytes of GPU memory that may be in use. Default 4 GiB. */
  memoryBudget?: number | undefined;
  /** Where the adapter comes from. Default the machine's, `navigator.gpu`. */
  gpu?: GPU | undefined;
  /** Which kernels are fastest here; without it plans take the first of each op. */
  tuning?: Tuning | undefined;
  /** False: kernels do without subgroups where the adapter has them. Default true. */
  subgroups?: boolean | undefined;
}

const STORAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/**
 * A WebGPU device with its kernel family, memory count and error state. Errors of the GPU surface at the next
 * {@link Device.check}, which every plan calls.
 *
 * @example
 * ```ts
 * import { Device } from "everyclass";
 * using device = await Device.open({ memoryBudget: 2 ** 30 });
 * console.log(device.adapter, device.family);
 * ```
 */
export class Device implements Disposable, AsyncDisposable {
  /** Bytes in use of the budget. */
  readonly memory: Memory;
  /** Takes all work of the device. */
  readonly queue: Queue;
  /** Numbers that kernels are given at each dispatch. */
  readonly sizes: Sizes;
  /** Compiled kernels. */
  readonly pipelines: Pipelines;
  readonly #health: Health;

  private constructor(
    /** The device itself. */
    readonly gpu: GPUDevice,
    /** The adapter's description of itself. */
    readonly info: GPUAdapterInfo,
    /** WGSL that every shader begins with where subgroups are granted. */
    directives: string,
    /** Which kernels plans take on this device. */
    readonly family: Family,
    memoryBudget: number,
    /** Which kernels are fastest here, or null to take the first of each op. Set it before plans are made. */
    public tuning: Tuning | null,
  ) {
    this.memory = new Memory(memoryBudget);
    this.queue = new Queue(gpu, isSoftware(info));
    this.sizes = new Sizes(gpu);
    this.pipelines = new Pipelines(gpu, this.hasSubgroups ? directives : "");
    this.#health = new Health(gpu);
    this.queue.onFault = (words) => this.#health.refused(words);
  }

  /** Opens the machine's fastest adapter. @throws {DeviceError} when there is none or it is too small. */
  static async open(options: DeviceOptions = {}): Promise<Device> {
    const adapter = await fastestAdapter(options.gpu);
    if (!adapter) {
      throw new DeviceError(
        "Cannot open a WebGPU device: it takes a Vulkan, Metal or DirectX 12 driver, current machine offers no " +
          "adapter: without a GPU, install a software driver (Debian: apt-get install libvulkan1 mesa-vulkan-drivers)",
      );
    }
    const wanted = options.family ?? "auto";
    const family = wanted !== "auto" ? wanted : isSoftware(adapter.info) ? "lane" : "tile";
    checkLimits(adapter, family);
    const gpu = await requestDevice(adapter, options.subgroups ?? true);
    return new Device(
      gpu,
      adapter.info,
      directivesOf(adapter),
      family,
      options.memoryBudget ?? DEFAULT_MEMORY_BUDGET,
      options.tuning ?? null,
    );
  }

  /** The adapter's name for logs and results. */
  get adapter(): string {
    return this.info.description ||
      [this.info.vendor, this.info.architecture, this.info.device].join(" ").trim();
  }

  /**
   * Invocations that run as one subgroup and may exchange values, where all kernels of this device have the same number;
   * 0 where the adapter has no subgroups or chooses their size by kernel.
   */
  get subgroup(): number {
    const { subgroupMinSize: least, subgroupMaxSize: most } = this.info;
    return this.hasSubgroups && least === most ? least : 0;
  }

  /**
   * Invocations that every subgroup of this device has where a kernel has so many, at most 64; 0 where the adapter has no
   * subgroups. WebGPU promises 4.
   */
  get leastSubgroup(): number {
    const { subgroupMinSize: least = 4 } = this.info;
    return this.hasSubgroups ? Math.min(Math.max(least, 4), 64) : 0;
  }

  /** True if invocations of a subgroup may exchange values, whatever its size. */
  get hasSubgroups(): boolean {
    return this.gpu.features.has("subgroups");
  }

  /** True if the adapter computes on the CPU. */
  get isSoftware(): boolean {
    return isSoftware(this.info);
  }

  /** True if dispatches can be timed on the device. */
  get hasTimer(): boolean {
    return this.gpu.features.has("timestamp-query");
  }

  /** True if plans can store values in f16. */
  get hasF16(): boolean {
    return this.gpu.features.has("shader-f16");
  }

  /**
   * True if there is room for a plan, by the budget and by the limits of the adapter, its textures too.
   *
   * @param size As `Plan.measure` measures it. @param room Bytes; default what the budget leaves.
   */
  holds({ bytes, largest, workgroups, side }: PlanNeeds, room: number = this.memory.left): boolean {
    const { limits } = this.gpu;
    return bytes <= room && largest <= Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) &&
      workgroups <= limits.maxComputeWorkgroupsPerDimension && side <= limits.maxTextureDimension2D;
  }

  /** A zeroed storage buffer that can be copied from and to. */
  buffer(label: string, bytes: number, usage: number = STORAGE): OwnedBuffer {
    return new OwnedBuffer(this.gpu, this.memory, label, bytes, usage);
  }

  /** A zeroed storage texture of 4-vectors, of several layers if a number of layers is given. */
  texture(
    label: string,
    width: number,
    height: number,
    format: NumberFormat = "f32",
    layers: number | null = null,
  ): OwnedTexture {
    return new OwnedTexture(this.gpu, this.memory, label, width, height, format, layers);
  }

  /**
   * Makes something of GPU objects, waits for their validation, and frees it when one is invalid: against the rules of
   * WebGPU, refused by the driver's compiler, or without memory on the adapter.
   *
   * @param task For the error: `plan this graph`. @throws {DeviceError} when an object is invalid.
   * @throws {MemoryError} when the adapter has no memory left, whatever the budget.
   */
  async validated<T extends Disposable>(task: string, make: () => T): Promise<T> {
    const { made, error } = await inErrorScopes(this.gpu, make);
    if (!error) {
      this.pipelines.settle();
      return made;
    }
    made[Symbol.dispose]();
    const faults = await this.pipelines.faults();
    // Invalid pipelines are among them: the next to ask would get them, with an error that says less.
    this.pipelines.clear();
    const problem = `Cannot ${task} on ${this.adapter}: ${faults.join("; ") || error.message}`;
    if (error instanceof GPUOutOfMemoryError) throw new MemoryError(`${problem}: ${LESS_MEMORY}`);
    throw new DeviceError(problem);
  }

  /** Sync point: copies a buffer's bytes to the host. Costs about 11 ms however small. */
  async read(source: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    using staging = this.buffer("read-back", bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    const encoder = this.gpu.createCommandEncoder({ label: "read-back" });
    encoder.copyBufferToBuffer(source, offset, staging.buffer, 0, bytes);
    this.queue.submit(encoder);
    const values = await this.mapped(staging.buffer, bytes);
    this.check();
    return values;
  }

  /**
   * Sync point: a copy of the first bytes of a buffer that the host may map, when all work submitted before is done.
   *
   * @throws {DeviceError} when the device failed, or the buffer was destroyed.
   */
  async mapped(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    try {
      const values = (await this.queue.map(buffer, bytes)).slice(0);
      buffer.unmap();
      return values;
    } catch (cause) {
      // That the device was lost is told a moment after the read that failed of it, on a busy machine a long one.
      if (!this.failed) await this.#health.lostWithin(1000);
      this.check();
      throw new DeviceError(`Cannot read from this device: ${(cause as Error).message}`, { cause });
    }
  }

  /** Sync point: waits until all submitted work is done. @throws {DeviceError} when any of it failed. */
  async finish(): Promise<void> {
    await this.queue.idle();
    this.check();
  }

  /** Surfaces what went wrong. @throws {DeviceError} when the device was lost or reported an error. */
  check(): void {
    if (this.#health.error) throw this.#health.error;
  }

  /** True if something went wrong, so that {@link Device.check} throws from now on. */
  get failed(): boolean {
    return this.#health.error !== null;
  }

  /** Gives the device back, with all its memory, as soon as its work is done; does not wait for that. */
  [Symbol.dispose](): void {
    this.#health.open = false;
    if (this.queue.busy) this.queue.idle().then(() => this.gpu.destroy());
    else this.gpu.destroy();
  }

  /** Sync point: gives the device back, with all its memory, when its work is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#health.open = false;
    await this.queue.idle();
    this.gpu.destroy();
  }
}

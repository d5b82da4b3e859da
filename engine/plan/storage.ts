import { MemoryError } from "../graph/errors.ts";
import type { Operand, Tensor } from "../graph/node.ts";
import type { Allocation, MemoryPlan, Region } from "./memory_plan.ts";
import type { Device } from "../device/device.ts";
import type { NumberFormat } from "../kernel/format.ts";
import { toTexels } from "../kernel/layout.ts";
import { OwnedBuffer, type OwnedTexture } from "../device/memory.ts";
import { mebibytes } from "../kernel/bytes.ts";
import type { Parameters } from "../device/parameters.ts";

/** Where a value is on the device. */
export type TensorStorage =
  | { place: "buffer"; format: NumberFormat; buffer: GPUBuffer; offset: number; bytes: number }
  | { place: "texture"; format: NumberFormat; owned: OwnedTexture; layer?: number | undefined };

/** Device memory of every tensor of a plan. */
export class StorageMap implements Disposable {
  readonly #of = new Map<Tensor, TensorStorage>();
  readonly #beside: ReadonlyMap<Tensor, Tensor>;
  readonly #scratch = new Map<Tensor, TensorStorage[]>();
  readonly #owned: (OwnedBuffer | OwnedTexture)[] = [];
  readonly #device: Device;

  /** Allocates it. @param memory Over stores of this device. @throws {MemoryError} when the budget does not hold it. */
  constructor(device: Device, { allocations, of, beside, scratch }: MemoryPlan) {
    this.#device = device;
    this.#beside = beside;
    try {
      for (const allocation of allocations) this.#owned.push(this.#make(allocation));
      for (const [tensor, region] of of) {
        this.#of.set(tensor, this.#storageAt(region));
        if (tensor.op.name === "constant") {
          this.write(tensor, (tensor.attrs as { values: Float32Array }).values);
        }
      }
      for (const [tensor, own] of scratch) {
        const region = (at: number): Region => ({
          at,
          offset: 0,
          bytes: allocations[at].bytes,
          format: "f32",
        });
        this.#scratch.set(tensor, own.map((at) => this.#storageAt(region(at))));
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Storage of a tensor. */
  of(tensor: Tensor): TensorStorage {
    return this.#of.get(tensor)!;
  }

  /** The tensor that an operand of a tensor's kernels is; null for a scratch buffer. */
  tensorOf(node: Tensor, operand: Operand): Tensor | null {
    if ("scratch" in operand) return null;
    if ("input" in operand) return node.inputs[operand.input];
    return "beside" in operand ? this.#beside.get(node)! : node;
  }

  /** Storage of the n-th scratch buffer of a tensor's lowering. */
  scratch(tensor: Tensor, n: number): TensorStorage {
    return this.#scratch.get(tensor)![n];
  }

  /** Bytes that this map allocated, shared memory counted once. */
  get bytes(): number {
    return this.#owned.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Writes a value from the host. */
  write(tensor: Tensor, values: Float32Array | Uint32Array | Uint8Array): void {
    const storage = this.of(tensor);
    const { queue } = this.#device.gpu;
    if (storage.place === "texture") {
      const { texture, width, height } = storage.owned;
      const texels = toTexels(tensor.shape, values as Float32Array);
      queue.writeTexture({ texture }, texels, { bytesPerRow: width * 16 }, [width, height]);
      return;
    }
    let bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
    if (bytes.length % 4 !== 0) {
      const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
      whole.set(bytes);
      bytes = whole;
    }
    queue.writeBuffer(storage.buffer, storage.offset, bytes);
  }

  #storageAt({ at, offset, bytes, format, layer }: Region): TensorStorage {
    if (typeof at !== "number") {
      return { place: "buffer", format, buffer: (at as Parameters).buffer, offset, bytes };
    }
    const owned = this.#owned[at];
    if (owned instanceof OwnedBuffer) return { place: "buffer", format, buffer: owned.buffer, offset, bytes };
    return { place: "texture", format, owned, layer };
  }

  #make({ kind, bytes, label, remedy, sliced }: Allocation): OwnedBuffer | OwnedTexture {
    if (kind === "staging") {
      return this.#device.buffer(label, bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    }
    if (kind === "buffer") {
      const most = this.#device.gpu.limits.maxStorageBufferBindingSize;
      if (bytes > most && !sliced) {
        throw new MemoryError(
          `Cannot plan ${label}: it takes a binding of ${mebibytes(bytes)}, the adapter's largest is ` +
            `${mebibytes(most)}: ${remedy}`,
        );
      }
      return this.#device.buffer(label, bytes);
    }
    const [format, width, height, layers] = kind.split(" ");
    const many = layers === undefined ? null : Number(layers);
    return this.#device.texture(label, Number(width), Number(height), format as NumberFormat, many);
  }

  [Symbol.dispose](): void {
    for (const owned of this.#owned.splice(0)) owned[Symbol.dispose]();
  }
}

import { MemoryError } from "../errors.ts";
import { inOrder, memoryOf } from "../graph.ts";
import { assignSlots, type Slot, type Stay } from "../passes/slots.ts";
import type { Lowering } from "../op.ts";
import { nameOf } from "../ops/source.ts";
import type { Tensor } from "../tensor.ts";
import type { Device } from "./device.ts";
import { bytesOf, type Format } from "./format.ts";
import { bufferBytes, type Held, matrixOf, type Place, toTexels } from "./layout.ts";
import { mebibytes, type OwnedBuffer, type OwnedTexture } from "./memory.ts";
import { flatLayout, type Parameters } from "./parameters.ts";

/** Where a value is on the device. */
export type Storage =
  | { place: "buffer"; format: Format; buffer: GPUBuffer; offset: number; bytes: number }
  | { place: "texture"; format: Format; owned: OwnedTexture };

/** What the storage of a plan is made from. */
export interface StorageRequest {
  outputs: readonly Tensor[];
  places: ReadonlyMap<Tensor, Place>;
  /** What is stored in f16. */
  half: ReadonlySet<Tensor>;
  /** Tensors computed at each run, in order, with their lowerings. */
  steps: readonly { node: Tensor; lowering: Lowering }[];
  stable: ReadonlySet<Tensor>;
  parameters: readonly Parameters[];
}

/** Device memory of every tensor of a plan; values that do not live at the same time share it. */
export class StorageMap implements Disposable {
  readonly #of = new Map<Tensor, Storage>();
  readonly #scratch = new Map<Tensor, Storage[]>();
  readonly #owned: (OwnedBuffer | OwnedTexture)[] = [];
  readonly #device: Device;

  constructor(device: Device, request: StorageRequest) {
    this.#device = device;
    try {
      this.#fixed(request);
      this.#shared(request);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Storage of a tensor. */
  of(tensor: Tensor): Storage {
    return this.#of.get(tensor)!;
  }

  /** Storage of the n-th scratch buffer of a tensor's lowering. */
  scratch(tensor: Tensor, n: number): Storage {
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

  /** Sources, outputs, what keeps its value between runs, and slices of a packed tensor: memory of their own. */
  #fixed({ outputs, places, half, stable, parameters }: StorageRequest): void {
    const kept = new Set(outputs.map(memoryOf));
    const order = inOrder(outputs);
    for (const node of order) {
      const [own, second] = parameters.map((store) => store.locate(node)).filter((found) => found !== null);
      if (second) {
        throw new TypeError(`Cannot plan ${node.describe()}: two of the given stores hold ${nameOf(node)}`);
      }
      if (own) {
        this.#of.set(node, { place: "buffer", format: "f32", ...own, bytes: bufferBytes(node.size) });
      }
      const slices = node.op.slices?.(node);
      if (slices) {
        const whole = this.#allocate(node, { place: "buffer", format: "f32" }) as Storage & {
          place: "buffer";
        };
        node.inputs.forEach((input, i) =>
          this.#of.set(input, { ...whole, offset: slices[i] * 4, bytes: bufferBytes(input.size) })
        );
      }
    }
    for (const node of order) {
      if (this.#of.has(node) || node.op.writes || memoryOf(node) !== node) continue;
      if (node.op.name === "parameter") {
        throw new TypeError(
          `Cannot plan ${node.describe()}: none of the given stores holds ${nameOf(node)}`,
        );
      }
      const own = kept.has(node) || stable.has(node) || node.op.name === "input";
      if (own) this.#allocate(node, { place: places.get(node)!, format: half.has(node) ? "f16" : "f32" });
      if (node.op.name === "constant") this.write(node, (node.attrs as { values: Float32Array }).values);
    }
    this.#aliases(order);
  }

  /** What is computed and used within a run. */
  #shared({ places, half, steps, outputs }: StorageRequest): void {
    const death = new Map<Tensor, number>();
    steps.forEach(({ node }, at) => {
      for (const used of [node, ...node.inputs]) death.set(memoryOf(used), at);
    });
    const stays: (Stay & { give: (storage: Storage) => void })[] = [];
    steps.forEach(({ node, lowering }, at) => {
      if (!this.#of.has(node) && !node.op.writes) {
        const format = half.has(node) ? "f16" : "f32";
        const kind = kindOf(node, { place: places.get(node)!, format });
        const give = (storage: Storage) => this.#of.set(node, { ...storage, format });
        stays.push({ birth: at, death: death.get(node)!, ...kind, give });
      }
      lowering.scratch?.forEach((bytes, n) => {
        const stay = { kind: "buffer", bytes: bufferBytes(bytes / 4), birth: at, death: at };
        stays.push({
          ...stay,
          give: (storage) => {
            const all = this.#scratch.get(node) ?? [];
            all[n] = storage;
            this.#scratch.set(node, all);
          },
        });
      });
    });
    const { slots, of } = assignSlots(stays);
    const made = slots.map(({ kind, bytes }) => this.#make(kind, bytes, "intermediate values"));
    stays.forEach(({ give }, i) => give(made[of[i]]));
    this.#aliases(inOrder(outputs));
  }

  /** What names the memory of another tensor is where that one is. */
  #aliases(order: readonly Tensor[]): void {
    for (const node of order) {
      const storage = memoryOf(node) === node ? undefined : this.#of.get(memoryOf(node));
      if (storage) this.#of.set(node, storage);
    }
  }

  #allocate(node: Tensor, held: Held): Storage {
    const { kind, bytes } = kindOf(node, held);
    const storage: Storage = { ...this.#make(kind, bytes, node.describe()), format: held.format };
    this.#of.set(node, storage);
    return storage;
  }

  #make(kind: string, bytes: number, label: string): Storage {
    if (kind === "buffer") {
      const most = this.#device.gpu.limits.maxStorageBufferBindingSize;
      if (bytes > most) {
        throw new MemoryError(
          `Cannot plan ${label}: it takes a binding of ${mebibytes(bytes)}, the adapter's largest is ` +
            `${mebibytes(most)}: lower the batch size`,
        );
      }
      const owned = this.#device.buffer(label, bytes);
      this.#owned.push(owned);
      return { place: "buffer", format: "f32", buffer: owned.buffer, offset: 0, bytes };
    }
    const [format, width, height] = kind.split(" ");
    const owned = this.#device.texture(label, Number(width), Number(height), format as Format);
    this.#owned.push(owned);
    return { place: "texture", format: format as Format, owned };
  }

  [Symbol.dispose](): void {
    for (const owned of this.#owned.splice(0)) owned[Symbol.dispose]();
  }
}

/** Buffers are shared whatever the numbers in them, textures only among those of one size and format. */
function kindOf({ op, shape, size, dtype, inputs }: Tensor, { place, format }: Held): Slot {
  const { rows, cols } = matrixOf(shape);
  if (place === "texture") {
    return { kind: `${format} ${cols} ${rows}`, bytes: rows * cols * 4 * bytesOf(format) };
  }
  const each = dtype === "u8" ? 1 : bytesOf(format);
  const words = op.slices ? flatLayout(inputs).words : Math.ceil(size * each / 4);
  return { kind: "buffer", bytes: bufferBytes(words) };
}

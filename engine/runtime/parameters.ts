import { nameOf, parameter } from "../ops/source.ts";
import type { Tensor } from "../tensor.ts";
import type { Device } from "./device.ts";
import type { OwnedBuffer } from "./memory.ts";

/** Every view starts at a multiple of this many words: WebGPU's strictest offset alignment, 256 bytes. */
const ALIGN_WORDS = 64;

/** Start of each tensor in a flat buffer of aligned views, and the length of the whole, in words. */
export function flatLayout(tensors: readonly Tensor[]): { offsets: number[]; words: number } {
  const offsets: number[] = [];
  let words = 0;
  for (const tensor of tensors) {
    offsets.push(words);
    words += Math.ceil(tensor.size / ALIGN_WORDS) * ALIGN_WORDS;
  }
  return { offsets, words };
}

/**
 * Device memory of parameter tensors: one flat buffer with a view for each, so that an optimiser is one dispatch
 * and a checkpoint one copy.
 */
export class Parameters implements Disposable {
  /** The whole buffer as one tensor, the gaps between views included. */
  readonly flat: Tensor;
  /** Grows with every change of the values, so that plans know when results they keep are stale. */
  version = 0;
  readonly #offsets: ReadonlyMap<Tensor, number>;
  readonly #device: Device;
  readonly #owned: OwnedBuffer;

  /** Allocates zeros for these tensors. @throws {MemoryError} when the budget does not hold them. */
  constructor(device: Device, readonly tensors: readonly Tensor[], label: string) {
    const { offsets, words } = flatLayout(tensors);
    const atLeast = Math.max(words, ALIGN_WORDS); // a network without norms has an empty store for their statistics
    this.flat = parameter(`${label} (flat)`, [atLeast]);
    this.#offsets = new Map(tensors.map((tensor, i) => [tensor, offsets[i]]));
    this.#device = device;
    this.#owned = device.buffer(label, atLeast * 4);
  }

  /** A store of the same shapes, zero at first: momenta, averages, sums of gradients. */
  like(label: string): Parameters {
    const tensors = this.tensors.map((tensor) => parameter(`${label} of ${nameOf(tensor)}`, tensor.shape));
    return new Parameters(this.#device, tensors, label);
  }

  /** Where a tensor of this store is, in bytes; null for a stranger. */
  locate(tensor: Tensor): { buffer: GPUBuffer; offset: number } | null {
    if (tensor === this.flat) return { buffer: this.#owned.buffer, offset: 0 };
    const offset = this.#offsets.get(tensor);
    return offset === undefined ? null : { buffer: this.#owned.buffer, offset: offset * 4 };
  }

  /** Writes the values of one tensor. @throws {TypeError} on a stranger or a wrong length. */
  write(tensor: Tensor, values: Float32Array): void {
    const place = this.locate(tensor);
    if (!place) {
      throw new TypeError(`Cannot write ${tensor.describe()}: it is not one of this store's tensors`);
    }
    if (values.length !== tensor.size) {
      throw new TypeError(
        `Cannot write ${tensor.describe()}: it takes ${tensor.size} values, current are ${values.length}`,
      );
    }
    this.#device.gpu.queue.writeBuffer(place.buffer, place.offset, values as Float32Array<ArrayBuffer>);
    this.version++;
  }

  /** Sync point: the values of every tensor. */
  async read(): Promise<Map<Tensor, Float32Array>> {
    const bytes = await this.#device.read(this.#owned.buffer, 0, this.#owned.bytes);
    return new Map([...this.#offsets].map(([tensor, offset]) => [
      tensor,
      new Float32Array(bytes, offset * 4, tensor.size).slice(),
    ]));
  }

  /** Frees the buffer. */
  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
  }
}

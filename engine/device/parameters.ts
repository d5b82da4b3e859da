import type { Tensor } from "../graph/node.ts";
import type { Device } from "./device.ts";
import { hold, letGo } from "./holders.ts";
import type { OwnedBuffer } from "./memory.ts";
import { ParameterLayout, tensorsLike } from "../graph/parameter_layout.ts";

/**
 * Device memory of parameter tensors: one flat buffer with a view for each, so that an optimiser is one dispatch
 * and a checkpoint one copy.
 *
 * @example
 * ```ts
 * import { Device, parameter, Parameters } from "everyclass";
 * using device = await Device.open();
 * const bias = parameter("bias", [3]);
 * using store = new Parameters(device, [bias], "biases");
 * store.write(bias, Float32Array.of(1, 2, 3));
 * console.log((await store.read()).get(bias)); // [1, 2, 3]
 * ```
 */
export class Parameters extends ParameterLayout implements Disposable {
  /** Grows with every change of the values, so that plans know when results they keep are stale. */
  version = 0;
  readonly #owned: OwnedBuffer;

  /** Allocates zeros for these tensors. @throws {MemoryError} when the budget does not hold them. */
  constructor(
    /** Where the values are. */
    readonly device: Device,
    tensors: readonly Tensor[],
    label: string,
  ) {
    super(tensors, label);
    this.#owned = device.buffer(label, this.bytes);
    hold(this, [this.flat, ...tensors]);
  }

  /** A store of the same shapes, zero at first: momenta, averages, sums of gradients. */
  like(label: string): Parameters {
    return new Parameters(this.device, tensorsLike(this.tensors, label), label);
  }

  /** The memory of all of them. */
  get buffer(): GPUBuffer {
    return this.#owned.buffer;
  }

  /** Where a tensor of this store is, in bytes; null for a stranger. */
  locate(tensor: Tensor): { buffer: GPUBuffer; offset: number } | null {
    const offset = this.offsetOf(tensor);
    return offset === null ? null : { buffer: this.buffer, offset };
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
    this.device.gpu.queue.writeBuffer(place.buffer, place.offset, values as Float32Array<ArrayBuffer>);
    this.version++;
  }

  /** Sync point: the values of every tensor. */
  async read(): Promise<Map<Tensor, Float32Array>> {
    const bytes = await this.device.read(this.#owned.buffer, 0, this.bytes);
    return new Map(this.tensors.map((tensor) => [
      tensor,
      new Float32Array(bytes, this.offsetOf(tensor)!, tensor.size).slice(),
    ]));
  }

  /** See {@linkcode ParameterLayout.span}. */
  override span(tensors: readonly Tensor[]): Tensor {
    const span = super.span(tensors);
    hold(this, [span]);
    return span;
  }

  /** Frees the buffer. */
  [Symbol.dispose](): void {
    letGo(this, this.placed);
    this.#owned[Symbol.dispose]();
  }
}

import { ARRAYS } from "../device/feeds.ts";
import type { Device } from "../device/device.ts";
import { DeviceError } from "../graph/errors.ts";
import type { OwnedBuffer } from "../device/memory.ts";
import type { Parameters } from "../device/parameters.ts";
import type { StorageMap, TensorStorage } from "./storage.ts";
import type { Tensor } from "../graph/node.ts";

/** The results of a plan on the device, to be read and copied: {@link Plan} has the same methods, and says what they do. */
export class Outputs {
  /** True once a run has computed them. */
  computed = false;
  /** False once their memory is gone. */
  live = true;

  /** Begins with a plan that has not run. */
  constructor(
    private readonly device: Device,
    private readonly tensors: ReadonlyMap<string, Tensor>,
    private readonly storage: StorageMap,
  ) {}

  copy(name: string, target: OwnedBuffer, offset: number, bytes: number): void {
    const source = this.#output(name).storage;
    const most = Math.min(source.bytes, target.bytes - offset);
    if (bytes > most) {
      throw new RangeError(`Cannot copy ${name}: it takes at most ${most} bytes, current are ${bytes}`);
    }
    this.#copy(name, source.offset, target.buffer, offset, bytes);
  }

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

  async read(name: string): Promise<Float32Array> {
    const { tensor: { dtype, size }, storage: { buffer, offset, bytes } } = this.#output(name);
    const values = new ARRAYS[dtype](await this.device.read(buffer, offset, bytes), 0, size);
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }

  #copy(name: string, from: number, target: GPUBuffer, to: number, bytes: number): void {
    const { buffer } = this.#output(name).storage;
    const encoder = this.device.gpu.createCommandEncoder({ label: name });
    encoder.copyBufferToBuffer(buffer, from, target, to, bytes);
    this.device.queue.submit(encoder);
  }

  #output(name: string): { tensor: Tensor; storage: TensorStorage & { place: "buffer" } } {
    const tensor = this.tensors.get(name);
    if (!tensor) {
      throw new TypeError(
        `Cannot read ${name}: the plan's outputs are ${[...this.tensors.keys()].join(", ")}`,
      );
    }
    if (!this.live) {
      throw new DeviceError(`Cannot read ${name}: the plan was disposed of, its memory is gone`);
    }
    if (!this.computed) throw new DeviceError(`Cannot read ${name}: the plan has not run yet`);
    return { tensor, storage: this.storage.of(tensor) as TensorStorage & { place: "buffer" } };
  }
}

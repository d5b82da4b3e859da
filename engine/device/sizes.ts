// Numbers that kernels are given at each dispatch, in uniform buffers.

/** Bytes of a uniform buffer, of which each set of numbers takes a part; every adapter binds as much. */
const PAGE_BYTES = 16384;

/** A number of a kernel with its WGSL type. */
interface SizeValue {
  readonly type: "u32" | "i32" | "f32";
  readonly value: number;
}

/**
 * Uniform buffers of a device, for the sizes of kernels. Equal numbers share a place, and a place is never written twice:
 * plans come and go, but the sizes of their layers recur. The buffers live as long as the device; 256 bytes a set do not
 * count against its budget.
 */
export class Sizes {
  readonly #places = new Map<string, GPUBufferBinding>();
  #page: GPUBuffer | null = null;
  #used = 0;

  /** Begins without a buffer. */
  constructor(private readonly gpu: GPUDevice) {}

  /** A binding that holds these numbers, one 4-byte word each, in this order. */
  binding(values: readonly SizeValue[]): GPUBufferBinding {
    const key = values.map(({ type, value }) => `${type} ${value}`).join();
    let place = this.#places.get(key);
    if (!place) this.#places.set(key, place = this.#write(values));
    return place;
  }

  #write(values: readonly SizeValue[]): GPUBufferBinding {
    const words = new DataView(new ArrayBuffer(Math.ceil(values.length / 4) * 16));
    values.forEach(({ type, value }, i) => {
      if (type === "f32") words.setFloat32(i * 4, value, true);
      else if (type === "i32") words.setInt32(i * 4, value, true);
      else words.setUint32(i * 4, value, true);
    });
    const size = words.byteLength;
    if (!this.#page || this.#used + size > PAGE_BYTES) {
      const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
      this.#page = this.gpu.createBuffer({ label: "sizes", size: PAGE_BYTES, usage });
      this.#used = 0;
    }
    const offset = this.#used;
    const step = this.gpu.limits.minUniformBufferOffsetAlignment;
    this.#used += Math.ceil(size / step) * step;
    this.gpu.queue.writeBuffer(this.#page, offset, words);
    return { buffer: this.#page, offset, size };
  }
}

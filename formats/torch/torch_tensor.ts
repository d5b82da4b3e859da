import { shown } from "../pickle/mod.ts";
import { CheckpointError } from "../tensors/checkpoint_error.ts";
import { decode, itemSize, type StoredType } from "../tensors/elements.ts";
import { areCounts, elementCount, isShape, type RawTensor, showShape } from "../tensors/raw_tensor.ts";

/** Most numbers of a tensor. A larger tensor is damaged or an attack: a stride of 0 makes any size from a few bytes. */
const MAX_BYTES = 2 ** 32;

/** Numbers in a file; one or more tensors are views of them. */
export interface TorchStorage {
  stored: StoredType;
  /** Numbers in the storage. */
  count: number;
  bigEndian: boolean;
  /** The bytes of its `count` numbers; read only when needed, as most files hold more tensors than are wanted. */
  bytes(): Uint8Array;
}

/** A tensor as PyTorch pickles it: a strided view of a storage. */
export class TorchTensor {
  readonly #storage: TorchStorage;
  readonly #offset: number;
  readonly #stride: number[];
  /** Sizes, outermost first; `[]` for a scalar. */
  readonly shape: number[];

  /** Takes the arguments of `torch._utils._rebuild_tensor_v2`, of which the first four matter. */
  constructor(storage: unknown, offset: unknown, shape: unknown, stride: unknown) {
    // persistentLoad makes storages; another value here means that PyTorch did not write the pickle.
    const made = typeof storage === "object" && storage !== null && "stored" in storage;
    if (
      !made || !isShape(shape) || !areCounts(stride) || shape.length !== stride.length || !areCounts([offset])
    ) {
      throw new CheckpointError(
        "Cannot rebuild a tensor: it takes a storage, an offset, sizes and as many strides, " +
          `current sizes are ${shown(shape)}, strides ${shown(stride)}, offset ${
            shown(offset)
          }: the file is damaged`,
      );
    }
    this.#storage = storage as TorchStorage;
    this.#offset = offset as number;
    this.#stride = stride;
    this.shape = shape;
  }

  /** Bytes of the numbers in row-major order, in the type of the file. */
  get byteLength(): number {
    return elementCount(this.shape) * itemSize[this.#storage.stored];
  }

  /**
   * The numbers in row-major order, whatever the strides.
   *
   * @param name Name of the tensor, for errors.
   */
  read(name: string): RawTensor {
    const { stored, count, bigEndian } = this.#storage;
    const size = itemSize[stored];
    const wanted = elementCount(this.shape);
    const last = this.shape.reduce(
      (at, length, axis) => at + (length - 1) * this.#stride[axis],
      this.#offset,
    );
    if (wanted > 0 && (last >= count || wanted * size > MAX_BYTES)) {
      throw new CheckpointError(
        `Cannot read ${name}: it takes numbers of its storage, which has ${count}, current are ` +
          `${showShape(this.shape)} with strides ${
            showShape(this.#stride)
          } from ${this.#offset}: the file is damaged`,
      );
    }
    const bytes = this.#storage.bytes().subarray(this.#offset * size);
    const packed = this.#isContiguous()
      ? bytes.subarray(0, wanted * size)
      : this.#gather(bytes, wanted, size);
    return decode(packed, stored, this.shape, name, bigEndian);
  }

  #isContiguous(): boolean {
    let step = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] !== 1 && this.#stride[axis] !== step) return false;
      step *= this.shape[axis];
    }
    return true;
  }

  #gather(bytes: Uint8Array, count: number, size: number): Uint8Array {
    const packed = new Uint8Array(count * size);
    const index = this.shape.map(() => 0);
    let from = 0; // in numbers
    for (let to = 0; to < packed.length; to += size) {
      for (let byte = 0; byte < size; byte++) packed[to + byte] = bytes[from * size + byte];
      for (let axis = index.length - 1; axis >= 0; axis--) {
        from += this.#stride[axis];
        if (++index[axis] < this.shape[axis]) break;
        from -= this.#stride[axis] * this.shape[axis];
        index[axis] = 0;
      }
    }
    return packed;
  }
}

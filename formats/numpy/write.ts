import { checkFilled, type RawTensor, type StateDict } from "../tensors/raw_tensor.ts";
import { writeZip } from "../zip/write_zip.ts";

/** NumPy aligns the numbers to this many bytes. */
const ALIGNMENT = 64;

const descr = (data: RawTensor["data"]) =>
  data instanceof Float32Array
    ? "<f4"
    : data instanceof BigInt64Array
    ? "<i8"
    : data instanceof Int32Array
    ? "<i4"
    : "|u1";

/**
 * Writes a .npy file, version 1.0, as `numpy.load` reads it: floats as float32, whole numbers as int64, int32 or uint8.
 *
 * @throws {TypeError} when the numbers do not fit the shape.
 *
 * @example
 * ```ts
 * import { writeNpy } from "everyclass/formats";
 * console.log(writeNpy({ shape: [2], dtype: "f32", data: Float32Array.of(1, 2) }).length); // 64 + 64 + 8
 * ```
 */
export function writeNpy(array: RawTensor): Uint8Array {
  checkFilled("the array", array);
  const { shape, data } = array;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr(data)}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = text.padEnd(start - 11) + "\n";
  const file = new Uint8Array(start + data.byteLength);
  file.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(file.buffer).setUint16(8, header.length, true);
  file.set(new TextEncoder().encode(header), 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return file;
}

/**
 * Writes a .npz file as `numpy.load` reads it, unpacked; the same tensors in the same order always give the same bytes.
 *
 * @throws {TypeError} when numbers do not fit their shape. @throws {RangeError} beyond 4 GiB.
 *
 * @example
 * ```ts
 * import { NpzFile, writeNpz } from "everyclass/formats";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * console.log(new NpzFile(writeNpz(new Map([["bias", bias]]))).names); // ["bias"]
 * ```
 */
export function writeNpz(state: StateDict): Uint8Array {
  return writeZip(new Map([...state].map(([name, tensor]) => [`${name}.npy`, writeNpy(tensor)])));
}

import type { RawTensor } from "../tensors/raw_tensor.ts";

/** A tensor whose numbers stand in Fortran order, the first index fastest, with the numbers in row-major order. */
export function rowMajor(tensor: RawTensor): RawTensor {
  const { shape, data } = tensor;
  const sorted = data.slice();
  const step = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < sorted.length; to++) {
    sorted[to] = data[from];
    for (let axis = index.length - 1; axis >= 0; axis--) {
      from += step[axis];
      if (++index[axis] < shape[axis]) break;
      from -= step[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { ...tensor, data: sorted } as RawTensor;
}

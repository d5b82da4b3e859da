import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { flatLayout } from "../../graph/parameter_layout.ts";
import { sizeOf } from "../../kernel/shape.ts";

/** Tensors that one dispatch reads: one after the other in a buffer. What lies between and behind them is undefined. */
const stackOp: Op<{ words: number }> = {
  name: "stack",
  infer: (_, { words }) => ({ shape: [words], dtype: "f32" }),
  reference: (node, values) => {
    const stack = new Float64Array(node.size);
    flatLayout(node.inputs).offsets.forEach((offset, i) => stack.set(values[i], offset));
    return stack;
  },
  slices: ({ inputs }) => flatLayout(inputs).offsets,
  loose: true,
};

/** Matrices that one dispatch reads: layers of a texture. */
const layersOp: Op<null> = {
  name: "layers",
  infer: (inputs) => {
    const most = (axis: number) => Math.max(...inputs.map(({ shape }) => shape[axis]));
    return { shape: [inputs.length, most(0), most(1)], dtype: "f32" };
  },
  reference: (node, values) => {
    const stack = new Float64Array(node.size);
    const [, height, width] = node.shape;
    node.inputs.forEach(({ shape: [rows, columns] }, layer) => {
      for (let row = 0; row < rows; row++) {
        const own = values[layer].subarray(row * columns, (row + 1) * columns);
        stack.set(own, layer * sizeOf([height, width]) + row * width);
      }
    });
    return stack;
  },
  slices: ({ inputs }) => inputs.map((_, layer) => layer),
  loose: true,
  layered: true,
};

/**
 * One buffer into whose slices the tensors are computed, for a dispatch that reads them all.
 *
 * @param least Words of the buffer at least: buffers of one size share their memory more easily.
 */
export function stack(tensors: readonly Tensor[], least = 0): Tensor {
  return apply(stackOp, tensors, { words: Math.max(least, flatLayout(tensors).words) });
}

/** One texture into whose layers matrices are computed, for a dispatch that reads them all. */
export function layersOf(matrices: readonly Tensor[]): Tensor {
  return apply(layersOp, matrices, null);
}

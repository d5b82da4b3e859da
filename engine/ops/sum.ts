import code from "../../shaders/sum.wgsl" with { type: "text" };
import workgroup_sum from "../../shaders/workgroup_sum.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Operand } from "../op.ts";
import { matrixOf } from "../runtime/layout.ts";
import type { Shape, Tensor } from "../tensor.ts";
import { ofChannels } from "./channels.ts";
import { expand } from "./expand.ts";
import { scale } from "./scale.ts";

/** Most workgroups of the first stage, which is the length of the second. */
const MOST_PARTS = 1024;

/** Vectors below which one workgroup does it all: 32 additions an invocation. */
const LEAST_CHUNK = 2048;

/** `y = sum of all x`. */
export const sumOp: Op<null> = defineOp({
  name: "sum",
  infer: (inputs) => {
    if (inputs[0].dtype !== "f32") throw misfit("sum", "an f32 tensor", inputs, "indices are not added up");
    return { shape: [], dtype: "f32" as const };
  },
  gradient: ({ inputs: [x] }, dy) => [expand(dy, x.shape)],
  reference: (_, [x]) => Float64Array.of(x.reduce((sum, value) => sum + value, 0)),
  lower: ({ inputs: [x] }) => {
    const { rows, cols } = matrixOf(x.shape);
    // Every invocation adds chunk / 64 vectors: 64 MiB make 64 additions, far from llvmpipe's limit of 65,535.
    const chunk = Math.max(LEAST_CHUNK, Math.ceil(rows * cols / MOST_PARTS));
    const parts = Math.ceil(rows * cols / chunk);
    const partial = { scratch: 0 };
    if (parts <= 1) return { kernels: [stage({ input: 0 }, x.shape, { output: true }, chunk)] };
    const kernels = [
      stage({ input: 0 }, x.shape, partial, chunk),
      stage(partial, [parts], { output: true }, chunk),
    ];
    return { kernels, scratch: [parts * 4] };
  },
});

function stage(x: Operand, shape: Shape, y: Operand, chunk: number): Kernel {
  const { rows, cols } = matrixOf(shape);
  const { constants, includes } = ofChannels(shape);
  return {
    label: "sum",
    code,
    bind: { x, y },
    includes: { ...includes, workgroup_sum },
    constants: { ...constants, COLS: cols, COUNT: rows * cols, CHUNK: chunk },
    workgroups: [Math.ceil(rows * cols / chunk), 1, 1],
  };
}

/** Sum of all values, a scalar `[]`, in an order that the shape fixes. Source: torch.sum. */
export function sum(x: Tensor): Tensor {
  return apply(sumOp, [x], null);
}

/** Mean of all values, a scalar `[]`. Source: torch.mean. */
export function mean(x: Tensor): Tensor {
  return scale(sum(x), 1 / x.size);
}

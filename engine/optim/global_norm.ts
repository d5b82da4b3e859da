import code from "../../shaders/optim/global_norm.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Operand, type Tensor } from "../graph/node.ts";
import { matrixOf } from "../kernel/layout.ts";
import { partOf } from "../ops/lowering/pieces.ts";
import { WORKGROUP_SUM } from "../ops/lowering/workgroup_sum.ts";

/** Most workgroups of the first stage, and 4-vectors below which one workgroup does it all. */
const MOST_PARTS = 1024;
const LEAST_CHUNK = 2048;

/** `y = sqrt(sum x^2)`. */
const globalNormOp: Op<null> = defineOp<null>({
  name: "global_norm",
  infer: (inputs) => {
    if (inputs[0].shape.length !== 1 || inputs[0].dtype !== "f32") {
      throw misfit("global_norm", "an f32 vector", inputs, "pack the gradients first");
    }
    return { shape: [], dtype: "f32" as const };
  },
  reference: (_, [x]) => Float64Array.of(Math.sqrt(x.reduce((sum, value) => sum + value ** 2, 0))),
  lower: ({ inputs: [x] }, { binding }) => {
    const { cols } = matrixOf(x.shape);
    const chunk = Math.max(LEAST_CHUNK, Math.ceil(cols / MOST_PARTS));
    if (cols <= chunk) return { kernels: [stage({ input: 0 }, cols, chunk, { output: true }, 1)] };
    // A piece is as many chunks as a binding holds. Its sums begin at an aligned offset, and fill whole 4-vectors, so that
    // workgroups beyond the last chunk find nothing and write 0.
    const chunks = Math.ceil(cols / chunk);
    const fit = Math.floor(binding / 16 / chunk / 64) * 64;
    const pieces = Array.from({ length: Math.ceil(chunks / fit) }, (_, i) => {
      const [from, count] = [i * fit, Math.min(fit, chunks - i * fit)];
      const [first, length] = [from * chunk, Math.min(count * chunk, cols - from * chunk)];
      const sums = Math.ceil(count / 4) * 4;
      const whole = count === chunks;
      return stage(
        whole ? { input: 0 } : partOf({ input: 0 }, first * 16, length * 16),
        length,
        chunk,
        whole ? { scratch: 0 } : partOf({ scratch: 0 }, from * 4, sums * 4),
        sums,
      );
    });
    const parts = Math.ceil(chunks / 4) * 4;
    const last = stage({ scratch: 0 }, parts / 4, chunk, { output: true }, 1);
    return { kernels: [...pieces, last], scratch: [parts * 4] };
  },
});

function stage(x: Operand, cols: number, chunk: number, y: Operand, workgroups: number): Kernel {
  const [squares, last] = ["scratch" in x, "output" in y];
  return {
    label: "global_norm",
    code,
    bind: { x, y },
    defines: {
      SQUARES: Number(squares),
      LAST: Number(last),
    },
    includes: WORKGROUP_SUM,
    constants: { COUNT: cols, CHUNK: chunk },
    workgroups: [workgroups, 1, 1],
  };
}

/**
 * Root of the sum of squares of a vector [n], a scalar `[]`: the norm of packed gradients. The order is fixed.
 * Source: torch.nn.utils.clip_grad_norm_.
 *
 * @example
 * ```ts
 * import { tensor } from "everyclass";
 * import { globalNorm } from "everyclass/optim";
 * console.log(await globalNorm(tensor([3, 4])).data()); // [5]
 * ```
 */
export function globalNorm(x: Tensor): Tensor {
  return apply(globalNormOp, [x], null);
}

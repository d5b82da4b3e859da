import {
  apply,
  defineOp,
  type Kernel,
  type LowerContext,
  misfit,
  type Op,
  type Tensor,
} from "../../graph/node.ts";
import { sum } from "../reduce/sum.ts";
import { transpose } from "../shape/transpose.ts";
import { laneKernels } from "./kernels/matmul_lane.ts";
import { sizes } from "./kernels/matmul_sizes.ts";
import { subgroupKernels } from "./kernels/matmul_subgroup.ts";
import { tileLowering } from "./kernels/matmul_tile.ts";

/** `y = a b + bias`, the bias an optional third input added to every row; or `y[n] = a[n] b[n]` for each n. */
export const matmulOp: Op<null> = defineOp<null>({
  name: "matmul",
  autocast: "f16",
  maskable: true,
  infer: (inputs) => {
    const [a, b, bias] = inputs;
    const takes = "a [M, K], b [K, N] and perhaps a bias [N], or a [B, M, K] and b [B, K, N]";
    const rank = a.shape.length;
    if ((rank !== 2 && rank !== 3) || b.shape.length !== rank) {
      throw misfit("matmul", takes, inputs, "they are not matrices");
    }
    if (a.shape[rank - 1] !== b.shape[rank - 2]) {
      throw misfit("matmul", takes, inputs, "the inner lengths differ");
    }
    if (rank === 3 && a.shape[0] !== b.shape[0]) {
      throw misfit("matmul", takes, inputs, "one batch is larger than the other");
    }
    const columns = b.shape[rank - 1];
    if (bias && (rank !== 2 || bias.shape.length !== 1 || bias.shape[0] !== columns)) {
      throw misfit("matmul", takes, inputs, "the bias is of another length");
    }
    return { shape: [...a.shape.slice(0, -1), columns], dtype: "f32" as const };
  },
  gradient: (node, dy) => {
    const [a, b, bias] = node.inputs;
    return [matmul(dy, transpose(b)), matmul(transpose(a), dy), ...bias ? [sum(dy, 0)] : []];
  },
  reference: (node, [a, b, bias]) => {
    const { batch, M: m, K: k, N: n } = sizes(node);
    const y = new Float64Array(batch * m * n);
    for (let i = 0; i < batch * m; i++) {
      const inB = Math.floor(i / m) * k * n;
      for (let j = 0; j < n; j++) {
        let sum = bias?.[j] ?? 0;
        for (let l = 0; l < k; l++) sum += a[i * k + l] * b[inB + l * n + j];
        y[i * n + j] = sum;
      }
    }
    return y;
  },
  wants: ["fast", "fast", "any"],
  flops: (node) => 2 * node.size * sizes(node).K,
  lower: (node, context) => {
    if (context.family === "tile") return tileLowering(node, context);
    const [first, ...others] = laneFamily(node, context);
    return { kernels: [first], others: others.map((kernel) => [kernel]) };
  },
});

/** Kernels of the lane family, to the same bits; the first is the one to take where no timing is known. */
function laneFamily(node: Tensor<null>, { subgroup }: LowerContext): Kernel[] {
  const [shared, alone] = [subgroupKernels(node, subgroup), laneKernels(node)];
  return shared.length > 0 ? [...shared, alone[0]] : alone;
}

/**
 * Product of two matrices, or of each pair of matrices in two batches.
 *
 * @param a [M, K] or [B, M, K]. @param b [K, N] or [B, K, N]. @param bias [N], added to every row of a single product.
 * @returns [M, N] or [B, M, N]. @throws {ShapeError} when the inner lengths or the batches differ.
 * Source: torch.matmul.
 *
 * @example
 * ```ts
 * import { matmul, tensor } from "everyclass";
 * console.log(await matmul(tensor([[1, 2]]), tensor([[3], [4]])).data()); // [11]
 * ```
 */
export function matmul(a: Tensor, b: Tensor, bias?: Tensor): Tensor {
  return apply(matmulOp, bias ? [a, b, bias] : [a, b], null);
}

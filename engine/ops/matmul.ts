import lane from "../../shaders/matmul_lane.wgsl" with { type: "text" };
import tile from "../../shaders/matmul_tile.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { ceil4 } from "./pack_filters.ts";
import { sumRows } from "./sum_rows.ts";
import { tiling } from "./tiling.ts";
import { transpose } from "./transpose.ts";

/** `y = a b + bias`, the bias an optional third input added to every row. */
export const matmulOp: Op<null> = defineOp<null>({
  name: "matmul",
  infer: (inputs) => {
    const [a, b, bias] = inputs;
    const takes = "a [M, K], b [K, N] and perhaps a bias [N]";
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw misfit("matmul", takes, inputs, "they are not matrices");
    }
    if (a.shape[1] !== b.shape[0]) throw misfit("matmul", takes, inputs, "the inner lengths differ");
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== b.shape[1])) {
      throw misfit("matmul", takes, inputs, "the bias is of another length");
    }
    return { shape: [a.shape[0], b.shape[1]], dtype: "f32" as const };
  },
  gradient: (node, dy) => {
    const [a, b, bias] = node.inputs;
    return [matmul(dy, transpose(b)), matmul(transpose(a), dy), ...bias ? [sumRows(dy)] : []];
  },
  reference: (node, [a, b, bias]) => {
    const [m, n] = node.shape;
    const k = node.inputs[0].shape[1];
    const y = new Float64Array(m * n);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = bias?.[j] ?? 0;
        for (let l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
        y[i * n + j] = sum;
      }
    }
    return y;
  },
  wants: ["fast", "fast", "any"],
  flops: (node) => 2 * node.size * node.inputs[0].shape[1],
  lower: (node, { family }) => ({ kernels: [family === "lane" ? laneKernel(node) : tileKernel(node)] }),
});

/**
 * Matrix product.
 *
 * @param a [M, K]. @param b [K, N]. @param bias [N], added to every row.
 * @returns [M, N]. @throws {ShapeError} when the inner lengths differ. Source: torch.matmul.
 */
export function matmul(a: Tensor, b: Tensor, bias?: Tensor): Tensor {
  return apply(matmulOp, bias ? [a, b, bias] : [a, b], null);
}

function sizes(node: Tensor<null>) {
  return {
    M: node.shape[0],
    K4: ceil4(node.inputs[0].shape[1]) / 4,
    K: node.inputs[0].shape[1],
    N4: ceil4(node.shape[1]) / 4,
  };
}

function bindings(node: Tensor<null>) {
  const bias = node.inputs.length > 2;
  return {
    bind: {
      a: { input: 0 },
      b: { input: 1 },
      ...bias && { bias: { input: 2 } },
      y: { output: true as const },
    },
    defines: { BIAS: Number(bias) },
  };
}

/** Longest rows whose products one invocation of a software adapter may add up, four in a round of its loop. */
const MOST_PRODUCTS = 4 * 65_535;

/** Register tiles of 8 rows x up to 16 columns. */
function laneKernel(node: Tensor<null>): Kernel {
  const { M, K, N4 } = sizes(node);
  if (K > MOST_PRODUCTS) {
    throw new RangeError(
      `Cannot run ${node.describe()} by matmul_lane: it takes an inner length of at most ${MOST_PRODUCTS}, ` +
        `current is ${K}: split the matrices`,
    );
  }
  const groups = [4, 2, 1].find((g) => N4 % g === 0)!;
  // Few rows make small tiles, so that both cores have work.
  const rows = M >= 512 ? 8 : 4;
  const strips = N4 / groups;
  return {
    label: "matmul_lane",
    code: lane,
    bind: bindings(node).bind,
    constants: { ...sizes(node), STRIPS: strips },
    defines: { ...bindings(node).defines, HEIGHT: rows, GROUPS: groups },
    workgroups: [Math.ceil(strips * Math.ceil(M / rows) / 64), 1, 1],
  };
}

/** Tiles of workgroup memory, as those of conv2d. */
function tileKernel(node: Tensor<null>): Kernel {
  const { M, N4 } = sizes(node);
  const { defines, tiles } = tiling(M, N4);
  return {
    label: "matmul_tile",
    code: tile,
    bind: bindings(node).bind,
    constants: sizes(node),
    defines: { ...bindings(node).defines, ...defines },
    workgroups: tiles,
  };
}

import lane from "../../../shaders/matmul/matmul_lane.wgsl" with { type: "text" };
import tileCode from "../../../shaders/matmul/matmul_tile.wgsl" with { type: "text" };
import matrices from "../../../shaders/matmul/matrices.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { ceil4, type Tile, tilesOf, tiling } from "../lowering/tiling.ts";
import { sum } from "../reduce/sum.ts";
import { transpose } from "../shape/transpose.ts";

/** `y = a b + bias`, the bias an optional third input added to every row; or `y[n] = a[n] b[n]` for each n. */
export const matmulOp: Op<null> = defineOp<null>({
  name: "matmul",
  autocast: "f16",
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
  lower: (node, { family }) => {
    const [first, ...others] = family === "lane" ? laneKernels(node) : tileKernels(node);
    return { kernels: [first], others: others.map((kernel) => [kernel]) };
  },
});

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

function sizes({ shape, inputs: [a] }: Tensor) {
  const [K, N] = [a.shape.at(-1)!, shape.at(-1)!];
  const batch = shape.length === 3 ? shape[0] : 1;
  return { batch, M: shape.at(-2)!, K, N, K4: ceil4(K) / 4, N4: ceil4(N) / 4 };
}

function bindings(node: Tensor<null>): Pick<Kernel, "bind" | "defines" | "includes"> {
  const bias = node.inputs.length > 2;
  const batched = node.shape.length === 3;
  return {
    bind: {
      a: { input: 0 },
      b: { input: 1 },
      ...bias && { bias: { input: 2 } },
      y: { output: true as const },
    },
    defines: { BIAS: Number(bias), SINGLE: Number(!batched) },
    includes: { matrices },
  };
}

/** Longest inner length of a software adapter: an invocation adds four products in each round of its loop. */
const MOST_PRODUCTS = 4 * 65_535;

/** Rows and 4-vectors of a register tile, the fastest first (bench/notes/matmul.md). */
const TILE_ROWS = [14, 8, 4];
const TILE_GROUPS = [4, 5, 3, 2, 1];

/** Invocations that keep two cores busy to the end; smaller tiles make more invocations. */
const ENOUGH = 768;

/** Kernels with register tiles: the largest that make enough invocations, as wide as divides the columns. */
function laneKernels(node: Tensor<null>): Kernel[] {
  const { batch, M, K, N4 } = sizes(node);
  if (K > MOST_PRODUCTS) {
    throw new RangeError(
      `Cannot run ${node.describe()} by matmul_lane: it takes an inner length of at most ${MOST_PRODUCTS}, ` +
        `current is ${K}: split the matrices`,
    );
  }
  const [groups, ...narrower] = TILE_GROUPS.filter((g) => N4 % g === 0);
  const count = (rows: number) => batch * Math.ceil(M / rows) * N4 / groups;
  const rows = TILE_ROWS.find((rows) => count(rows) >= ENOUGH) ?? TILE_ROWS.at(-1)!;
  const others = [
    ...TILE_ROWS.filter((other) => other !== rows).map((rows) => ({ rows, groups })),
    ...narrower.slice(0, 1).map((groups) => ({ rows, groups })),
  ];
  return [{ rows, groups }, ...others].map((tile) => laneKernel(node, tile));
}

function laneKernel(node: Tensor<null>, { rows, groups }: { rows: number; groups: number }): Kernel {
  const { batch, M, K, K4, N4 } = sizes(node);
  const strips = N4 / groups;
  // The adapter runs 8 invocations at once. Few strips are walked all together, so that none of the 8 is idle.
  const across = Math.ceil(strips / 8) * 8 <= strips * 1.04 ? 8 : strips;
  const down = Math.ceil(M / rows);
  const { defines, ...bound } = bindings(node);
  return {
    label: "matmul_lane",
    code: lane,
    ...bound,
    constants: { M, K, K4, N4, STRIPS: strips, ACROSS: across },
    defines: { ...defines, HEIGHT: rows, GROUPS: groups },
    workgroups: [Math.ceil(Math.ceil(strips / across) * across * down / 64), 1, batch],
  };
}

/** Kernels with tiles in workgroup memory, cut as conv2d cuts its tiles. */
function tileKernels(node: Tensor<null>): Kernel[] {
  const { M, K4, N4 } = sizes(node);
  return tilesOf(M, N4, K4).map((tile) => tileKernel(node, tile));
}

function tileKernel(node: Tensor<null>, tile: Tile): Kernel {
  const { batch, M, K, K4, N4 } = sizes(node);
  const { defines: tiles, tiles: [across, down, more] } = tiling(tile, M, N4);
  const { defines, ...bound } = bindings(node);
  return {
    label: "matmul_tile",
    code: tileCode,
    ...bound,
    constants: { M, K, K4, N4, LAYERS: more },
    defines: { ...defines, ...tiles },
    workgroups: [across, down, more * batch],
  };
}

import lane from "../../../../shaders/matmul/matmul_lane.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { bindings, sizes } from "./matmul_sizes.ts";

/** Longest inner length of a software adapter: an invocation adds four products in each round of its loop. */
const MOST_PRODUCTS = 4 * 65_535;

/** Rows and 4-vectors of a register tile, the fastest first (bench/notes/matmul.md). */
const TILE_ROWS = [14, 8, 4];
const TILE_GROUPS = [4, 5, 3, 2, 1];

/** Invocations that keep two cores busy to the end; smaller tiles make more invocations. */
const ENOUGH = 768;

/** Kernels with register tiles: the largest that make enough invocations, as wide as divides the columns. */
export function laneKernels(node: Tensor<null>): Kernel[] {
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
    sizes: ["M", "K", "K4"],
    defines: { ...defines, HEIGHT: rows, GROUPS: groups },
    workgroups: [Math.ceil(Math.ceil(strips / across) * across * down / 64), 1, batch],
  };
}

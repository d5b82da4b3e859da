import code from "../../../../shaders/matmul/matmul_subgroup.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { fills, hasKernels } from "../../lowering/subgroups.ts";
import { bindings, sizes } from "./matmul_sizes.ts";

/** Rows of a subgroup's tile, and 4-vectors of columns of each invocation, the fastest first (bench/notes/matmul.md). */
const TILES = [{ rows: 16, groups: 2 }, { rows: 16, groups: 1 }, { rows: 8, groups: 1 }];

/** Most workgroups along a dimension, which every adapter has. */
const MOST_WORKGROUPS = 65_535;

/** Subgroups that keep two cores busy to the end. */
const ENOUGH = 96;

/**
 * The kernel whose subgroups share rows of a, to the bits of `matmul_lane`.
 *
 * @param size Invocations of a subgroup; 0 where unknown. @returns None where other kernels are faster: for subgroups of
 * another size, columns that leave invocations idle, and products that are too small for all cores.
 */
export function subgroupKernels(node: Tensor<null>, size: number): Kernel[] {
  if (!hasKernels(size)) return [];
  const { batch, M, K, K4, N4 } = sizes(node);
  const tile = TILES.find(({ rows, groups }) => {
    const strips = Math.ceil(N4 / (size * groups));
    // A wide subgroup with two 4-vectors an invocation spills.
    return size * groups <= 16 && fills(N4, size * groups) &&
      batch * Math.ceil(M / rows) * strips >= ENOUGH;
  });
  if (!tile) return [];
  const { rows, groups } = tile;
  const strips = Math.ceil(N4 / (size * groups));
  const workgroups = Math.ceil(strips * Math.ceil(M / rows) * size / 64);
  if (workgroups > MOST_WORKGROUPS) return [];
  const { defines, ...bound } = bindings(node);
  return [{
    label: "matmul_subgroup",
    code,
    ...bound,
    constants: { M, K, K4, N4, STRIPS: strips },
    sizes: ["M"],
    defines: {
      ...defines,
      SIZE: size,
      HEIGHT: rows,
      GROUPS: groups,
      A_LOADS: Math.ceil(rows / size),
    },
    workgroups: [workgroups, 1, batch],
  }];
}

import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import type { Kernel, LowerContext, Lowering, Tensor } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";

/**
 * Lowering of a kernel with one invocation per 4-vector of its output (see `shaders/lowering/grid.wgsl`).
 *
 * @param inputs Name in the shader of each input.
 * @param extra Further constants, defines and includes of the shader.
 */
export function elementwise(
  label: string,
  code: string,
  node: Tensor,
  context: LowerContext,
  inputs: readonly string[],
  extra: Pick<Partial<Kernel>, "constants" | "defines" | "includes" | "sizes"> = {},
): Lowering {
  // The kernel walks one long row, whatever the channels, where all are buffers of one shape.
  const flat = context.output === "buffer" && context.inputs.every((place) => place === "buffer") &&
    node.inputs.every((input) => input.size === node.size);
  const kernel = overVectors(label, code, node, inputs, extra);
  if (!flat) return { kernels: [kernel] };
  return { kernels: [{ ...kernel, ...gridOfRow(node.size, extra.constants, extra.sizes), flat }] };
}

/** Lowering as {@link elementwise} for inputs of other shapes than the output; the kernel never walks one long row. */
export function overVectors(
  label: string,
  code: string,
  node: Tensor,
  inputs: readonly string[],
  extra: Pick<Partial<Kernel>, "constants" | "defines" | "includes" | "sizes"> = {},
): Kernel {
  const { rows, cols } = matrixOf(node.shape);
  const bind = Object.fromEntries(inputs.map((name, input) => [name, { input }]));
  return {
    label,
    code,
    bind: { ...bind, y: { output: true } },
    defines: extra.defines,
    includes: { ...extra.includes, grid },
    ...node.shape.length > 1
      ? grid2d(rows, cols, extra.constants, extra.sizes)
      : gridOfRow(node.size, extra.constants, extra.sizes),
  };
}

/** Constants, sizes and workgroups that a kernel has of a grid. */
type Grid = Required<Pick<Kernel, "constants" | "sizes" | "workgroups">>;

/**
 * Constants and workgroups of `grid.wgsl` for so many rows and columns of 4-vectors. What depends on the rows comes at
 * each dispatch, so that batches of all sizes share a pipeline; kernels divide by the columns, which compilers have to know.
 *
 * @param sizes Which of the constants come at each dispatch too.
 */
export function grid2d(
  rows: number,
  cols: number,
  constants: Readonly<Record<string, number>> = {},
  sizes: readonly string[] = [],
): Grid {
  // A dimension takes at most 65,535 workgroups, so that long matrices are cut into bands.
  const groups = Math.ceil(rows * cols / 64);
  const x = Math.min(groups, 32768);
  return {
    constants: { ...constants, COLS: cols, COUNT: rows * cols, BAND: x * 64 },
    sizes: ["COUNT", "BAND", ...sizes],
    workgroups: [x, Math.ceil(groups / x), 1],
  };
}

/** The grid of one row of so many values, whose length is no part of the pipeline. */
export function gridOfRow(
  values: number,
  constants: Readonly<Record<string, number>> = {},
  sizes: readonly string[] = [],
): Grid {
  const grid = grid2d(1, Math.ceil(values / 4), constants, sizes);
  return { ...grid, constants: { ...grid.constants, COLS: 0xffffffff } };
}

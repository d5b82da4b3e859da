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
  extra: Pick<Partial<Kernel>, "constants" | "defines" | "includes"> = {},
): Lowering {
  // The kernel walks one long row, whatever the channels, where all are buffers of one shape.
  const flat = context.output === "buffer" && context.inputs.every((place) => place === "buffer") &&
    node.inputs.every((input) => input.size === node.size);
  const kernel = overVectors(label, code, node, inputs, extra);
  if (!flat) return { kernels: [kernel] };
  return { kernels: [{ ...kernel, ...grid2d(1, Math.ceil(node.size / 4), extra.constants), flat }] };
}

/** Lowering as {@link elementwise} for inputs of other shapes than the output; the kernel never walks one long row. */
export function overVectors(
  label: string,
  code: string,
  node: Tensor,
  inputs: readonly string[],
  extra: Pick<Partial<Kernel>, "constants" | "defines" | "includes"> = {},
): Kernel {
  const { rows, cols } = matrixOf(node.shape);
  const bind = Object.fromEntries(inputs.map((name, input) => [name, { input }]));
  return {
    label,
    code,
    bind: { ...bind, y: { output: true } },
    defines: extra.defines,
    includes: { ...extra.includes, grid },
    ...grid2d(rows, cols, extra.constants),
  };
}

/** Constants and workgroups of `grid.wgsl` for so many rows and columns of 4-vectors. */
export function grid2d(
  rows: number,
  cols: number,
  constants: Readonly<Record<string, number>> = {},
): Pick<Kernel, "constants" | "workgroups"> {
  // A dimension takes at most 65,535 workgroups, so that long matrices are cut into bands.
  const groups = Math.ceil(rows * cols / 64);
  const x = Math.min(groups, 32768);
  return {
    constants: { ...constants, COLS: cols, COUNT: rows * cols, BAND: x * 64 },
    workgroups: [x, Math.ceil(groups / x), 1],
  };
}

import lanes from "../../shaders/lanes.wgsl" with { type: "text" };
import laneRows from "../../shaders/rows_lane.wgsl" with { type: "text" };
import tileRows from "../../shaders/rows_tile.wgsl" with { type: "text" };
import { type Family, type Kernel, misfit, type Operand } from "../op.ts";
import { matrixOf } from "../runtime/layout.ts";
import { sameShape, type Shape, type Tensor } from "../tensor.ts";
import { ofChannels } from "./channels.ts";

/** Rows of one workgroup: THREADS of `shaders/rows_lane.wgsl`; in the tile family a row is a workgroup. */
const ROWS_EACH = { lane: 16, tile: 1 } as const;

/**
 * A kernel over the rows of a matrix, one text for both families (see `shaders/rows_lane.wgsl`).
 *
 * @param shape [B, C] of the operand whose rows are walked.
 */
export function overRows(
  label: string,
  code: string,
  family: Family,
  shape: Shape,
  bind: Readonly<Record<string, Operand>>,
  defines: Readonly<Record<string, number>> = {},
): Kernel {
  const { rows, cols } = matrixOf(shape);
  const { constants, includes } = ofChannels(shape);
  const groups = Math.ceil(rows / ROWS_EACH[family]);
  const x = Math.min(groups, 32768);
  return {
    label,
    code,
    bind,
    defines,
    includes: { ...includes, lanes, rows: family === "lane" ? laneRows : tileRows },
    constants: { ...constants, ROWS: rows, COLS: cols, GROUPS_X: x },
    workgroups: [x, Math.ceil(groups / x), 1],
  };
}

/** Shape rule of ops from f32 matrices of one shape [B, C] to another such. */
export function matrixRule(op: string, inputs: readonly Tensor[]): { shape: Shape; dtype: "f32" } {
  const { shape } = inputs[0];
  const fits = inputs.every((input) => input.dtype === "f32" && sameShape(input.shape, shape));
  if (shape.length !== 2 || !fits) {
    throw misfit(op, "f32 [B, C]", inputs, "a single row wants the shape [1, C]");
  }
  return { shape, dtype: "f32" };
}

/** A matrix from its dense values, row by row: what references are written with. */
export function mapRows(
  [rows, columns]: Shape,
  row: (at: number, b: number) => ArrayLike<number>,
): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let b = 0; b < rows; b++) result.set(row(b * columns, b), b * columns);
  return result;
}

/** Log of the sum of exp of a row, its largest value taken off first. */
export function logSumExp(row: Float64Array): number {
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

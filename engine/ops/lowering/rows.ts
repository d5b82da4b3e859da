import expSum from "../../../shaders/lowering/exp_sum.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import laneRows from "../../../shaders/lowering/rows_lane.wgsl" with { type: "text" };
import workgroupJoin from "../../../shaders/lowering/workgroup_join.wgsl" with { type: "text" };
import tileRows from "../../../shaders/lowering/rows_tile.wgsl" with { type: "text" };
import { type Family, type Kernel, misfit, type Operand, type Tensor } from "../../graph/node.ts";
import { rowsView } from "../../kernel/view.ts";
import { sameShape, type Shape, sizeOf } from "../../kernel/shape.ts";
import { ofChannels } from "./channels.ts";

/** Rows of one workgroup, THREADS of `shaders/lowering/rows_lane.wgsl`. In the tile family a workgroup has one row. */
const ROWS_EACH = { lane: 16, tile: 1 } as const;

/** Longest rows of a software adapter, whose four loops over 4-vectors may take 65,535 rounds together. */
const MOST_COLUMNS = 4 * Math.floor(65_535 / 4);

/**
 * A kernel over the rows of a tensor, one text for both families (see `shaders/lowering/rows_lane.wgsl`).
 *
 * @param shape [..., C] of the operand whose rows are walked.
 */
export function overRows(
  label: string,
  code: string,
  family: Family,
  shape: Shape,
  bind: Readonly<Record<string, Operand>>,
  defines: Readonly<Record<string, number>> = {},
): Kernel {
  if (family === "lane" && columnsOf(shape) > MOST_COLUMNS) {
    throw new RangeError(
      `Cannot run ${label} on a software adapter: it takes rows of at most ${MOST_COLUMNS} values, current are ` +
        `[${shape.join(", ")}]: take another axis, or split them`,
    );
  }
  return rowsKernel(label, code, family, shape, bind, defines);
}

/** Kernel as {@link overRows} without its limit, for kernels that cut long rows themselves. */
export function rowsKernel(
  label: string,
  code: string,
  family: Family,
  shape: Shape,
  bind: Readonly<Record<string, Operand>>,
  defines: Readonly<Record<string, number>> = {},
): Kernel {
  const [rows, cols] = [sizeOf(shape.slice(0, -1)), Math.ceil(columnsOf(shape) / 4)];
  const { constants, includes, sizes } = ofChannels(shape);
  const groups = Math.ceil(rows / ROWS_EACH[family]);
  const x = Math.min(groups, 32768);
  return {
    label,
    code,
    bind,
    defines,
    includes: {
      ...includes,
      lanes,
      exp_sum: expSum,
      rows: family === "lane" ? laneRows : tileRows,
      workgroup_join: workgroupJoin,
    },
    constants: { ...constants, ROWS: rows, COLS: cols, GROUPS_X: x },
    sizes: [...sizes, "ROWS", "GROUPS_X"],
    workgroups: [x, Math.ceil(groups / x), 1],
  };
}

/** Operand of a row kernel. With more than two dimensions, each place in all but the last is a row. */
export function rowsOperand(operand: Operand, shape: Shape): Operand {
  return shape.length === 2 ? operand : { ...operand, view: rowsView(shape) };
}

/** Length of the rows of a shape. */
export function columnsOf(shape: Shape): number {
  return shape.at(-1)!;
}

/** Shape rule of ops from f32 matrices of one shape [B, C] to a matrix of that shape. */
export function matrixRule(op: string, inputs: readonly Tensor[]): { shape: Shape; dtype: "f32" } {
  if (inputs[0].shape.length > 2) throw misfit(op, "f32 [B, C]", inputs, "reshape it to rows first");
  return rowsRule(op, inputs);
}

/** Shape rule of ops from f32 tensors of one shape [..., C] to a tensor of that shape, row by row. */
export function rowsRule(op: string, inputs: readonly Tensor[]): { shape: Shape; dtype: "f32" } {
  const { shape } = inputs[0];
  const fits = inputs.every((input) => input.dtype === "f32" && sameShape(input.shape, shape));
  if (shape.length < 2 || !fits) {
    throw misfit(op, "f32 [..., C] of rank 2 or more", inputs, "a single row wants the shape [1, C]");
  }
  return { shape, dtype: "f32" };
}

/** A tensor made row by row from its dense values. References are written with it. */
export function mapRows(shape: Shape, row: (at: number, b: number) => ArrayLike<number>): Float64Array {
  const columns = columnsOf(shape);
  const result = new Float64Array(sizeOf(shape));
  for (let at = 0, b = 0; at < result.length; at += columns, b++) result.set(row(at, b), at);
  return result;
}

/** Log of the sum of exp of a row, its largest value subtracted first. */
export function logSumExpOf(row: Float64Array): number {
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

import code from "../../shaders/sum_rows.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Operand } from "../op.ts";
import { matrixOf } from "../runtime/layout.ts";
import type { Tensor } from "../tensor.ts";
import { expandRows } from "./expand_rows.ts";

/** Rows that one invocation adds before the work is split; a second stage then adds the parts. */
const MOST_ROWS = 512;

/** `y[c] = sum over b of x[b, c]`. */
export const sumRowsOp: Op<null> = defineOp({
  name: "sum_rows",
  infer: (inputs) => {
    const [{ shape, dtype }] = inputs;
    if (shape.length !== 2 || dtype !== "f32") {
      throw misfit("sum_rows", "x [B, C]", inputs, "reshape it to rows first");
    }
    return { shape: [shape[1]], dtype };
  },
  gradient: ({ inputs: [x] }, dy) => [expandRows(dy, x.shape[0])],
  reference: ({ inputs: [x] }, [values]) => {
    const [rows, columns] = x.shape;
    return Float64Array.from({ length: columns }, (_, c) => {
      let sum = 0;
      for (let b = 0; b < rows; b++) sum += values[b * columns + c];
      return sum;
    });
  },
  lower: ({ inputs: [x] }) => {
    const { rows, cols } = matrixOf(x.shape);
    // As many parts as rows in a part, so that neither stage is long.
    const each = rows <= MOST_ROWS ? rows : Math.ceil(Math.sqrt(rows));
    const parts = Math.ceil(rows / each);
    if (parts === 1) return { kernels: [stage({ x: { input: 0 } }, rows, each, cols, { output: true })] };
    const partial = { scratch: 0 };
    const kernels = [
      stage({ x: { input: 0 } }, rows, each, cols, partial),
      stage({ parts: partial }, parts, parts, cols, { output: true }),
    ];
    return { kernels, scratch: [parts * cols * 16] };
  },
});

function stage(from: Record<string, Operand>, rows: number, each: number, cols: number, y: Operand): Kernel {
  return {
    label: "sum_rows",
    code,
    bind: { ...from, y },
    defines: { FROM_X: "x" in from ? 1 : 0, FROM_PARTS: "parts" in from ? 1 : 0 },
    constants: { ROWS: rows, COLS: cols, ROWS_EACH: each },
    workgroups: [Math.ceil(cols / 64), Math.ceil(rows / each), 1],
  };
}

/** Sum over the rows of x [B, C], a vector [C]: the gradient of a bias. Source: torch.sum(x, 0). */
export function sumRows(x: Tensor): Tensor {
  return apply(sumRowsOp, [x], null);
}

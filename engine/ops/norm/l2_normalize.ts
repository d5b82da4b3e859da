import code from "../../../shaders/norm/l2_normalize.wgsl" with { type: "text" };
import gradCode from "../../../shaders/norm/l2_normalize_grad.wgsl" with { type: "text" };
import row_norm from "../../../shaders/norm/row_norm.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, type Op, type Tensor } from "../../graph/node.ts";
import { permute } from "../shape/permute.ts";
import { axesOf } from "../lowering/axes.ts";
import { columnsOf, mapRows, overRows, rowsOperand, rowsRule } from "../lowering/rows.ts";

/** `y[b, :] = x[b, :] / max(|x[b, :]|, eps)`. */
const l2NormalizeOp: Op<{ eps: number }> = defineOp<{ eps: number }>({
  name: "l2_normalize",
  infer: (inputs) => rowsRule("l2_normalize", inputs),
  gradient: ({ inputs: [x], attrs }, dy) => [apply(l2NormalizeGradOp, [x, dy], attrs)],
  reference: ({ shape, attrs: { eps } }, [x]) =>
    mapRows(shape, (at) => {
      const row = x.subarray(at, at + columnsOf(shape));
      return row.map((value) => value / Math.max(Math.hypot(...row), eps));
    }),
  wants: ["fast"],
  lower: ({ shape, attrs }, { family }) => {
    const bind = { x: rowsOperand({ input: 0 }, shape), y: rowsOperand({ output: true }, shape) };
    return { kernels: [withNorm(overRows("l2_normalize", code, family, shape, bind), attrs)] };
  },
});

/** `dx[b, :] = (dy[b, :] - y[b, :] (y[b, :] . dy[b, :])) / |x[b, :]|`, and `dy[b, :] / eps` where `|x[b, :]| <= eps`. */
const l2NormalizeGradOp: Op<{ eps: number }> = defineOp<{ eps: number }>({
  name: "l2_normalize_grad",
  infer: (inputs) => rowsRule("l2_normalize_grad", inputs),
  reference: ({ shape, attrs: { eps } }, [x, dy]) =>
    mapRows(shape, (at) => {
      const [row, above] = [x, dy].map((values) => values.subarray(at, at + columnsOf(shape)));
      const norm = Math.hypot(...row);
      if (norm <= eps) return above.map((value) => value / eps);
      const inner = row.reduce((sum, value, j) => sum + value / norm * above[j], 0);
      return above.map((value, j) => (value - row[j] / norm * inner) / norm);
    }),
  wants: ["fast", "fast"],
  lower: ({ shape, attrs }, { family }) => {
    const bind = {
      x: rowsOperand({ input: 0 }, shape),
      dy: rowsOperand({ input: 1 }, shape),
      dx: rowsOperand({ output: true }, shape),
    };
    return { kernels: [withNorm(overRows("l2_normalize_grad", gradCode, family, shape, bind), attrs)] };
  },
});

function withNorm(kernel: Kernel, { eps }: { eps: number }): Kernel {
  return {
    ...kernel,
    includes: { ...kernel.includes, row_norm },
    constants: { ...kernel.constants, EPS: eps },
  };
}

/**
 * Vectors divided by their Euclidean lengths; a vector not longer than eps is divided by eps.
 *
 * @param x A tensor of rank 2 or more. @param axis The axis of the vectors; default the last. @param eps Default 1e-12.
 * @throws {ShapeError} when x is a vector or a scalar. @throws {RangeError} when the axis is not there.
 * Source: torch.nn.functional.normalize.
 */
export function l2Normalize(x: Tensor, axis = -1, eps = 1e-12): Tensor {
  const last = x.shape.length - 1;
  if (last < 1) return apply(l2NormalizeOp, [x], { eps });
  const [own] = axesOf("l2_normalize", x, axis);
  if (own === last) return apply(l2NormalizeOp, [x], { eps });
  const swapped = x.shape.map((_, n) => n === own ? last : n === last ? own : n);
  return permute(l2Normalize(permute(x, swapped), -1, eps), swapped);
}

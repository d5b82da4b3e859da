import code from "../../../shaders/lowering/elementwise.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import type { Kernel, LowerContext, Lowering, Operand, Tensor } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { broadcastView, type StridedView } from "../../kernel/view.ts";
import { sameShape, type Shape, sizeOf } from "../../kernel/shape.ts";
import { ofChannels } from "./channels.ts";
import { grid2d, gridOfRow } from "./elementwise.ts";

/** Names of the inputs in a formula, in their order. */
const NAMES = ["a", "b", "c"];

/**
 * Lowering of `y = formula`, value by value, by `shaders/lowering/elementwise.wgsl`.
 *
 * @param label Name of the op.
 * @param formula WGSL over the inputs' 4-vectors a, b and c, each repeated over the shape of the output.
 * @param numbers Further names in it. @param sizes Which of them come at each dispatch.
 */
export function byFormula(
  label: string,
  formula: string,
  node: Tensor,
  context: LowerContext,
  numbers: Readonly<Record<string, number>> = {},
  sizes: readonly string[] = [],
): Lowering {
  const operands: Record<string, Operand> = {};
  const known: Record<string, number> = { ...numbers };
  const lets = node.inputs.map((input, i) => {
    const number = numberOf(input);
    if (number !== null) {
      known[`NUMBER_${i}`] = number;
      return `let ${NAMES[i]} = vec4f(NUMBER_${i});`;
    }
    const name = `x${Object.keys(operands).length}`;
    operands[name] = { input: i };
    return `let ${NAMES[i]} = v${name.slice(1)};`;
  });
  const text = `  ${lets.join(" ")}\n  var value = ${formula};`;
  const read = Object.values(operands).map((operand) => (operand as { input: number }).input);
  // The kernel walks one long row, whatever the channels, where all are buffers of one shape.
  const flat = context.output === "buffer" &&
    read.every((i) => context.inputs[i] === "buffer" && sameShape(node.inputs[i].shape, node.shape));
  if (flat) return { kernels: [kernel(label, text, node.shape, operands, known, sizes, flat)] };
  const viewed = Object.entries(operands).map(([name, operand], at): [string, Operand] => {
    const { shape, size, dtype } = node.inputs[read[at]];
    if (sameShape(shape, node.shape)) return [name, operand];
    if (size === 1 && dtype === "f32" && context.inputs[read[at]] === "buffer") {
      return [name, { ...operand, repeated: true }];
    }
    return [name, { ...operand, view: broadcastView(shape, node.shape) }];
  });
  return { kernels: [kernel(label, text, node.shape, Object.fromEntries(viewed), known, sizes)] };
}

/**
 * Lowering of an op whose output is the sum of its inputs, each seen through a view that is zero elsewhere; null for an
 * input of the output's shape that is seen as it is.
 */
export function byViews(label: string, node: Tensor, views: readonly (StridedView | null)[]): Lowering {
  const operands = views.map((
    view,
    input,
  ): [string, Operand] => [`x${input}`, view ? { input, view } : { input }]);
  const sum = views.map((_, i) => `v${i}`).join(" + ");
  return { kernels: [kernel(label, `  var value = ${sum};`, node.shape, Object.fromEntries(operands), {})] };
}

/** Value of a scalar that was a number when the graph was built. The number goes into the kernel. */
function numberOf({ op, attrs, shape }: Tensor): number | null {
  if (op.name !== "constant" || shape.length > 0) return null;
  const [value] = (attrs as { values: Float32Array }).values;
  return Number.isFinite(value) ? value : null;
}

function kernel(
  label: string,
  formula: string,
  shape: Shape,
  operands: Readonly<Record<string, Operand>>,
  numbers: Readonly<Record<string, number>>,
  sizes: readonly string[] = [],
  flat = false,
): Kernel {
  const { rows, cols, channels } = matrixOf(shape);
  // As one row, a tensor of whole 4-vectors has them whatever its other lengths; another may have any number of values.
  const row = flat || shape.length <= 1;
  const padded = row ? shape.length <= 1 || channels % 4 !== 0 : channels % 4 !== 0;
  const { constants, includes, sizes: own } = ofChannels(row ? [sizeOf(shape)] : shape);
  const all = [...sizes, ...own];
  return {
    label,
    code,
    bind: { ...operands, y: { output: true } },
    flat,
    defines: { INPUTS: Object.keys(operands).length, PADDED: Number(padded) },
    includes: {
      ...includes,
      grid,
      lanes,
      formula,
      numbers: Object.keys(numbers).map((name) => `override ${name}: f32;`).join("\n"),
    },
    ...row
      ? gridOfRow(sizeOf(shape), { ...numbers, ...constants }, all)
      : grid2d(rows, cols, { ...numbers, ...constants }, all),
  };
}

import code from "../../../shaders/bulk/gather_gradients.wgsl" with { type: "text" };
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { flatLayout } from "../../graph/parameter_layout.ts";
import type { Shape } from "../../kernel/shape.ts";
import { ceil4 } from "../lowering/tiling.ts";
import { type Entry, overEntries } from "./table.ts";

/** Gradient of a weight, the sum of parts of a stack. */
interface SummedWeight {
  /** The weight's [outC, k, k, inC]. */
  readonly shape: Shape;
  /** Words before its gradient among all. */
  readonly target: number;
  /** Parts of the sum, all of the n-th tensor of the stack. */
  readonly parts: number;
}

/** Gradient of a vector, a row of a matrix of the stack. */
interface CopiedRow {
  /** Number of the matrix in the stack, and of the row in the matrix. */
  readonly matrix: number;
  readonly row: number;
  /** Words before the gradient among all. */
  readonly target: number;
}

interface Gathered {
  readonly weights: readonly SummedWeight[];
  readonly rows: readonly CopiedRow[];
}

/** Memory for gradients of so many words, zero at first. */
const gradientMemoryOp: Op<{ words: number }> = defineOp<{ words: number }>({
  name: "gradient_memory",
  infer: (_, { words }) => ({ shape: [words], dtype: "f32" }),
  reference: ({ size }) => new Float64Array(size),
  slices: () => [],
});

/** Inputs the memory, then the stack of parts if there are weights, then that of matrices if there are rows. */
const gatherGradientsOp: Op<Gathered> = defineOp<Gathered>({
  name: "gather_gradients",
  infer: ([memory]) => ({ shape: memory.shape, dtype: "f32" }),
  reference: (node, [memory, ...stacks]) => {
    const { weights, rows } = node.attrs;
    const { sums, matrices } = stacksOf(node);
    const flat = memory.slice();
    weights.forEach(({ shape: [outC, k, , inC], target, parts }, n) => {
      const start = flatLayout(sums!.inputs).offsets[n];
      const [wide, deep] = [ceil4(outC), ceil4(inC)];
      for (let at = 0; at < outC * k * k * inC; at++) {
        const [c, tap, o] = [at % inC, Math.floor(at / inC) % (k * k), Math.floor(at / (inC * k * k))];
        for (let part = 0; part < parts; part++) {
          flat[target + at] += stacks[0][start + ((part * k * k + tap) * deep + c) * wide + o];
        }
      }
    });
    for (const { matrix, row, target } of rows) {
      const [, columns] = matrices!.inputs[matrix].shape;
      const start = matrices!.op.layered
        ? (matrix * matrices!.shape[1] + row) * matrices!.shape[2]
        : flatLayout(matrices!.inputs).offsets[matrix] + row * columns;
      flat.set(stacks.at(-1)!.subarray(start, start + columns), target);
    }
    return flat;
  },
  aliases: 0,
  wants: ["buffer"],
  lower: (node) => {
    const { weights, rows } = node.attrs;
    const { sums, matrices } = stacksOf(node);
    const starts = sums ? flatLayout(sums.inputs).offsets : [];
    const { defines, ...kernel } = overEntries([
      ...weights.map((weight, n) => weightEntry(weight, starts[n])),
      ...rows.map((row) => rowEntry(row, matrices!)),
    ]);
    return {
      kernels: [{
        label: "gather_gradients",
        code,
        bind: {
          ...sums && { sums: { input: 1 } },
          ...matrices && { rows: { input: sums ? 2 : 1 } },
          y: { output: true },
        },
        defines: {
          ...defines,
          SUMS: Number(sums !== null),
          ROWS: Number(matrices !== null),
          LAYERED: Number(Boolean(matrices?.op.layered)),
        },
        ...kernel,
      }],
    };
  },
});

function stacksOf({ inputs, attrs }: Tensor<Gathered>): { sums: Tensor | null; matrices: Tensor | null } {
  return {
    sums: attrs.weights.length > 0 ? inputs[1] : null,
    matrices: attrs.rows.length > 0 ? inputs.at(-1)! : null,
  };
}

function weightEntry({ shape: [outC, k, , inC], target, parts }: SummedWeight, start: number): Entry {
  const [cols, padded] = [ceil4(outC) / 4, ceil4(inC)];
  const count = k * k * padded * cols;
  return { count, numbers: [start / 4, target, count, cols, padded, inC, parts, k * k, outC] };
}

function rowEntry({ matrix, row, target }: CopiedRow, matrices: Tensor): Entry {
  const [, channels] = matrices.inputs[matrix].shape;
  const count = Math.ceil(channels / 4);
  const from = matrices.op.layered ? matrix : flatLayout(matrices.inputs).offsets[matrix];
  return { count, numbers: [0, target, count, 0, channels, from, row] };
}

/** The gradients, of which others are computed straight into slices. */
const gradientsOp: Op<{ targets: readonly number[] }> = defineOp<{ targets: readonly number[] }>({
  name: "gradients",
  infer: ([memory]) => ({ shape: memory.shape, dtype: "f32" }),
  reference: ({ attrs: { targets } }, [memory, ...values]) => {
    const flat = memory.slice();
    values.forEach((own, i) => flat.set(own, targets[i]));
    return flat;
  },
  aliases: 0,
  slices: ({ attrs: { targets } }) => [null, ...targets],
});

/** Memory for gradients of so many words, zero at first. */
export function gradientMemory(words: number): Tensor {
  return apply(gradientMemoryOp, [], { words });
}

/** The memory with further gradients in it, one dispatch for all. @param stacks The parts of the weights, then the rows. */
export function gatherGradients(
  memory: Tensor,
  stacks: { sums: Tensor | null; matrices: Tensor | null },
  gathered: Gathered,
): Tensor {
  const { sums, matrices } = stacks;
  return apply(gatherGradientsOp, [memory, ...sums ? [sums] : [], ...matrices ? [matrices] : []], gathered);
}

/** The memory with all gradients in it. @param others Gradients that are computed into slices, at these words. */
export function gradientsIn(memory: Tensor, others: readonly Tensor[], targets: readonly number[]): Tensor {
  return apply(gradientsOp, [memory, ...others], { targets });
}

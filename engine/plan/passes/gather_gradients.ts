import { inOrder, usersOf } from "../../graph/graph.ts";
import type { DeviceFacts, Tensor } from "../../graph/node.ts";
import { flatLayout } from "../../graph/parameter_layout.ts";
import { matrixOf, type Place } from "../../kernel/layout.ts";
import { gatherGradients, gradientMemory, gradientsIn } from "../../ops/bulk/gather_gradients.ts";
import { layersOf, stack } from "../../ops/bulk/stack.ts";
import { MOST_COUNT, MOST_ENTRIES } from "../../ops/bulk/table.ts";
import { conv2dFiltersGradOp, conv2dFiltersGradParts } from "../../ops/conv/conv2d_filters_grad.ts";
import type { ConvMoves } from "../../ops/conv/kernels/window.ts";
import { unpackFiltersOp } from "../../ops/conv/pack_filters.ts";
import { packOp } from "../../ops/shape/pack.ts";
import { rowOp } from "../../ops/shape/row.ts";
import { depthsOf } from "./depths.ts";
import { type Placed, rewritePlaced } from "./placed.ts";

/** Bytes of the parts that are kept for one dispatch. */
const MOST_BYTES = 48 * 2 ** 20;

/** Layers of a texture that every adapter has. */
const MOST_LAYERS = 256;

/** Rows of a matrix that stands in a layer, which is as high as the highest. */
const MOST_ROWS = 4;

/** An input of a packed tensor, and the words before it there. */
interface Slice {
  readonly gradient: Tensor;
  readonly target: number;
}

/** The gradient of a weight with its parts. */
interface Weight extends Slice {
  readonly parts: Tensor<{ parts: number }>;
}

/** The gradients that a few dispatches gather, and those that are computed into slices as before. */
interface Gathering {
  readonly weights: readonly Weight[];
  readonly rows: readonly Slice[];
  readonly others: readonly Slice[];
  /** The matrices of the rows. */
  readonly matrices: readonly Tensor[];
}

/**
 * Takes the second stages of many gradients together: where gradients are packed, the parts of many filters' gradients
 * are added and unpacked in one dispatch, which copies the rows of the norms' sums too. The others are computed straight
 * into their slices, as before.
 *
 * A dispatch comes as soon as 48 MiB of parts are there, so that few parts are in memory at a time. Gradients that
 * anything else reads, and those of grouped convolutions, are left alone.
 */
export function gatherPacked(placed: Placed, facts: DeviceFacts): Placed {
  const order = inOrder(placed.outputs);
  if (!order.some((node) => node.op.name === packOp.name)) return placed;
  const depths = depthsOf(order);
  const kindOf = kindsOf(placed, order);
  // A matrix is in one stack at most.
  const taken = new Set<Tensor>();
  return rewritePlaced(placed, (node, inputs, places) => {
    if (node.op.name !== packOp.name) return null;
    const { offsets, words } = flatLayout(node.inputs);
    const slices = inputs.map((gradient, i) => ({
      gradient,
      target: offsets[i],
      kind: kindOf(node.inputs[i]),
      depth: depths.get(node.inputs[i])!,
    })).toSorted((a, b) => a.depth - b.depth);
    const weights = slices.filter(({ kind }) => kind === "weight")
      .map(({ gradient, target }) => ({ gradient, target, parts: partsOf(gradient, facts) }))
      .filter(({ parts }) => parts.size * 4 <= MOST_BYTES)
      .slice(0, MOST_ENTRIES / 2);
    const ofRows = slices.filter(({ kind, gradient }) => kind === "row" && !taken.has(gradient.inputs[0]));
    const all = [...new Set(ofRows.map(({ gradient }) => gradient.inputs[0]))];
    const place = all.length > 0 ? places.get(all[0])! : "buffer";
    const matrices = all.filter((matrix) => places.get(matrix) === place).slice(0, MOST_LAYERS);
    const rows = ofRows.filter(({ gradient }) => matrices.includes(gradient.inputs[0]))
      .slice(0, MOST_ENTRIES / 2);
    if (weights.length + rows.length < 2) return null;
    for (const matrix of matrices) taken.add(matrix);
    const gathered = new Set([...weights, ...rows].map(({ gradient }) => gradient));
    const others = slices.filter(({ gradient }) => !gathered.has(gradient));
    return gather({ weights, rows, others, matrices }, words, place, (tensor, place) => {
      places.set(tensor, place);
      return tensor;
    });
  });
}

/** Tells which gradients of the graph can be gathered, and how. */
function kindsOf(
  { outputs }: Placed,
  order: readonly Tensor[],
): (gradient: Tensor) => "weight" | "row" | "other" {
  const users = usersOf(order);
  const kept = new Set(outputs);
  const readOnce = (node: Tensor) => users.get(node)!.length === 1 && !kept.has(node);
  const isSum = (whole: Tensor) => {
    const { rows, cols } = matrixOf(whole.shape);
    return whole.op.name === conv2dFiltersGradOp.name && readOnce(whole) && rows * cols <= MOST_COUNT;
  };
  const isStacked = (matrix: Tensor) =>
    matrix.op.autocast === "f32" && Boolean(matrix.op.lower || matrix.op.beside) &&
    matrix.op.aliases === undefined && matrix.shape[0] <= MOST_ROWS && !kept.has(matrix) &&
    users.get(matrix)!.every(({ op }) => !op.slices);
  return (gradient) => {
    const { op, attrs, inputs } = gradient;
    if (!readOnce(gradient)) return "other";
    if (op.name === unpackFiltersOp.name) {
      return (attrs as { groups: number }).groups === 1 && isSum(inputs[0]) ? "weight" : "other";
    }
    return op.name === rowOp.name && isStacked(inputs[0]) ? "row" : "other";
  };
}

/** The parts that the gradient of a weight is the sum of. */
function partsOf({ inputs: [whole] }: Tensor, facts: DeviceFacts): Tensor<{ parts: number }> {
  return conv2dFiltersGradParts(whole as Tensor<ConvMoves>, whole.inputs, facts);
}

/** The packed tensor, gathered. @param place Where the matrices are. @param put Notes the place of a new tensor. */
function gather(
  { weights, rows, others, matrices }: Gathering,
  words: number,
  place: Place,
  put: (tensor: Tensor, place: Place) => Tensor,
): Tensor {
  const groups = inGroups(weights);
  const most = Math.max(...groups.map((group) => flatLayout(group.map(({ parts }) => parts)).words));
  const stackRows = () => place === "texture" ? layersOf(matrices) : stack(matrices);
  let memory = put(gradientMemory(words), "buffer");
  for (const [n, group] of groups.entries()) {
    const own = n === groups.length - 1 ? rows : [];
    const parts = group.map(({ parts }) => put(parts, "buffer"));
    const sums = parts.length > 0 ? put(stack(parts, most), "buffer") : null;
    const ofRows = own.length > 0 ? put(stackRows(), place) : null;
    const gathered = gatherGradients(memory, { sums, matrices: ofRows }, {
      weights: group.map(({ gradient: { shape }, target, parts: { attrs: { parts } } }) => ({
        shape,
        target,
        parts,
      })),
      rows: own.map(({ gradient: { inputs: [matrix], attrs }, target }) => ({
        matrix: matrices.indexOf(matrix),
        row: (attrs as { row: number }).row,
        target,
      })),
    });
    memory = put(gathered, "buffer");
  }
  return gradientsIn(memory, others.map(({ gradient }) => gradient), others.map(({ target }) => target));
}

/** Weights in their order, cut where the parts of a group would take too many bytes; one group at least. */
function inGroups(weights: readonly Weight[]): Weight[][] {
  const groups: Weight[][] = [[]];
  let words = 0;
  for (const weight of weights) {
    const own = flatLayout([weight.parts]).words;
    if ((words + own) * 4 > MOST_BYTES) {
      groups.push([]);
      words = 0;
    }
    groups.at(-1)!.push(weight);
    words += own;
  }
  return groups;
}

import { inOrder, memoryOf, usersOf } from "../../graph/graph.ts";
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

/** An input of a packed tensor, and the words before it there. */
interface Slice {
  readonly gradient: Tensor;
  readonly target: number;
}

/** The gradient of a weight with its parts. */
interface Weight extends Slice {
  readonly parts: Tensor<{ parts: number }>;
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
  const { family } = facts;
  const order = inOrder(placed.outputs);
  if (!order.some((node) => node.op.name === packOp.name)) return placed;
  const users = usersOf(order);
  const kept = new Set(placed.outputs);
  const depths = depthsOf(order);
  const readOnce = (node: Tensor) => users.get(node)!.length === 1 && !kept.has(node);
  const isWeight = (gradient: Tensor) => {
    if (gradient.op.name !== unpackFiltersOp.name || !readOnce(gradient)) return false;
    const [whole] = gradient.inputs;
    const { rows, cols } = matrixOf(whole.shape);
    return (gradient.attrs as { groups: number }).groups === 1 && rows * cols <= MOST_COUNT &&
      whole.op.name === conv2dFiltersGradOp.name && readOnce(whole);
  };
  const place: Place = family === "lane" ? "texture" : "buffer";
  const isRow = (gradient: Tensor) => {
    const [matrix] = gradient.inputs;
    return gradient.op.name === rowOp.name && readOnce(gradient) && !kept.has(matrix) &&
      matrix.op.autocast === "f32" && matrix.op.lower !== undefined && memoryOf(matrix) === matrix &&
      placed.places.get(matrix) === place && users.get(matrix)!.every(({ op }) => !op.slices);
  };

  // What a packed tensor gathers is decided before anything is rebuilt: matrices become slices of a stack.
  return rewritePlaced(placed, (node, inputs, places) => {
    if (node.op.name !== packOp.name) return null;
    const { offsets, words } = flatLayout(node.inputs);
    const slices = inputs.map((gradient, i) => ({ gradient, target: offsets[i], old: node.inputs[i] }))
      .toSorted((a, b) => depths.get(a.old)! - depths.get(b.old)!);
    const weights = slices.filter(({ old }) => isWeight(old)).map(({ gradient, target }): Weight => {
      const [whole] = gradient.inputs;
      return {
        gradient,
        target,
        parts: conv2dFiltersGradParts(whole as Tensor<ConvMoves>, whole.inputs, facts),
      };
    });
    const small = weights.filter(({ parts }) => parts.size * 4 <= MOST_BYTES).slice(0, MOST_ENTRIES / 2);
    const matrices = [
      ...new Set(slices.filter(({ old }) => isRow(old)).map(({ gradient }) => gradient.inputs[0])),
    ]
      .slice(0, MOST_LAYERS);
    const rows = slices.filter(({ gradient, old }) => isRow(old) && matrices.includes(gradient.inputs[0]))
      .slice(0, MOST_ENTRIES / 2);
    if (small.length + rows.length < 2) return null;

    const memory = gradientMemory(words);
    const groups = inGroups(small);
    const most = Math.max(...groups.map((group) => flatLayout(group.map(({ parts }) => parts)).words));
    const put = (tensor: Tensor, at: Place) => {
      places.set(tensor, at);
      return tensor;
    };
    let last = put(memory, "buffer");
    for (const [n, group] of groups.entries()) {
      const parts = group.map(({ parts }) => put(parts, "buffer"));
      const own = n === groups.length - 1 ? rows : [];
      const sums = group.length > 0 ? put(stack(parts, most), "buffer") : null;
      const together = own.length > 0
        ? put(place === "texture" ? layersOf(matrices) : stack(matrices), place)
        : null;
      last = gatherGradients(last, { sums, matrices: together }, {
        weights: group.map(({ gradient: { shape }, target, parts }) => ({
          shape,
          target,
          parts: parts.attrs.parts,
        })),
        rows: own.map(({ gradient, target }) => ({
          matrix: matrices.indexOf(gradient.inputs[0]),
          row: (gradient.attrs as { row: number }).row,
          target,
        })),
      });
      put(last, "buffer");
    }
    const gathered = new Set([...small, ...rows].map(({ gradient }) => gradient));
    const others = slices.filter(({ gradient }) => !gathered.has(gradient));
    return gradientsIn(last, others.map(({ gradient }) => gradient), others.map(({ target }) => target));
  });
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

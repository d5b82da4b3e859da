import { inOrder, usersOf } from "../../graph/graph.ts";
import type { DeviceFacts, Tensor } from "../../graph/node.ts";
import type { ParameterLayout } from "../../graph/parameter_layout.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { type BankedFilters, filterBank, filtersOf } from "../../ops/bulk/filter_bank.ts";
import { MOST_ENTRIES } from "../../ops/bulk/table.ts";
import { conv2dOp } from "../../ops/conv/conv2d.ts";
import { packFiltersOp } from "../../ops/conv/pack_filters.ts";
import { turnFiltersOp } from "../../ops/conv/turn_filters.ts";
import { isOrMasked } from "./mask_results.ts";
import { type Placed, rewritePlaced } from "./placed.ts";

/** Larger filters take longer than their own dispatch costs, and would fill memory until their last use. */
const MOST_BYTES = 2 ** 20;

/** Layers of a texture that every adapter has. */
const MOST_LAYERS = 256;

/** Numbers of a buffer between the beginnings of two filters: 256 bytes, WebGPU's strictest alignment, in f16 too. */
const ALIGN = 128;

/** Filters to be gathered: their place is that of one bank. */
interface Bin {
  store: ParameterLayout;
  parts: BankedFilters[];
  shape: number[];
}

/**
 * Packs the filters of all convolutions in a few dispatches, and those turned for the way back with them.
 *
 * In textures, filters of one width share a bank, each in a layer, so that a convolution finds the rows of its filters
 * as close to each other as in a texture of their own. In buffers all share one bank. Filters with a scale or groups,
 * filters that anything but a convolution reads, and large ones stay as they are.
 *
 * @param stores Stores of the weights.
 */
export function gatherFilters(
  placed: Placed,
  stores: readonly ParameterLayout[],
  facts: DeviceFacts,
): Placed {
  const found = candidates(placed, stores, facts);
  const bins = facts.family === "lane" ? layerBins(found) : bufferBins(found, facts);
  const banks = new Map(
    bins.filter(({ parts }) => parts.length > 1)
      .flatMap((bin) => {
        const bank = filterBank(bin.store.flat, bin.parts, bin.shape);
        return bin.parts.map((part) => [part.filters, { bank, store: bin.store, part }] as const);
      }),
  );
  if (banks.size === 0) return placed;
  return rewritePlaced(placed, (node, _, places) => {
    const own = banks.get(node);
    if (!own) return null;
    places.set(own.store.flat, "buffer");
    places.set(own.bank, placed.places.get(node)!);
    return filtersOf(own.bank, own.part);
  });
}

/** Filters with the store and the words before their weight in it. */
interface Candidate {
  filters: Tensor;
  store: ParameterLayout;
  weight: number;
}

function candidates(
  { outputs, places }: Placed,
  stores: readonly ParameterLayout[],
  { family, binding: most }: DeviceFacts,
): Candidate[] {
  const order = inOrder(outputs);
  const users = usersOf(order);
  const kept = new Set(outputs);
  const isTurned = ({ op, attrs }: Tensor) =>
    op.name === turnFiltersOp.name && (attrs as { groups: number }).groups === 1;
  const convolves = (user: Tensor, filters: Tensor) =>
    isOrMasked(conv2dOp, user) && user.inputs.every((input, n) => (input === filters) === (n === 1));
  const fits = (node: Tensor) => {
    const { rows, cols } = matrixOf(node.shape);
    return places.get(node) === (family === "lane" ? "texture" : "buffer") && !kept.has(node) &&
      node.shape[1] % 4 === 0 && rows * cols * 16 <= MOST_BYTES;
  };
  const found = new Map<Tensor, Candidate>();
  // Turned filters first: whether packed ones are still needed depends on them.
  for (const turned of [true, false]) {
    for (const node of order) {
      const packed = turned ? isTurned(node) ? node.inputs[0] : null : node;
      if (packed?.op.name !== packFiltersOp.name || packed.inputs.length > 1) continue;
      const [weight] = packed.inputs;
      const store = stores.find((store) => store.offsetOf(weight) !== null);
      const { groups } = packed.attrs as { groups: number };
      if (!store || store.bytes > most || groups > 1 || !fits(node)) continue;
      const own = users.get(node)!;
      if (turned && !own.every((user) => convolves(user, node))) continue;
      const convolved = own.some((user) => convolves(user, node));
      const known = own.every((user) => convolves(user, node) || isTurned(user));
      const needed = convolved || own.some((user) => !found.has(user));
      if (!turned && !(known && needed)) continue;
      found.set(node, { filters: node, store, weight: store.offsetOf(weight)! / 4 });
    }
  }
  return [...found.values()];
}

/** Bins of filters of one width, at most half of each texture without use. */
function layerBins(found: readonly Candidate[]): Bin[] {
  const bins: (Bin & { used: number })[] = [];
  for (
    const { filters, store, weight } of found.toSorted((a, b) => b.filters.shape[0] - a.filters.shape[0])
  ) {
    const [rows, columns] = filters.shape;
    let bin = bins.findLast((bin) => bin.store === store && bin.shape[2] === columns);
    if (
      !bin || bin.parts.length === MOST_LAYERS ||
      2 * (bin.used + rows) < (bin.parts.length + 1) * bin.shape[1]
    ) {
      bin = { store, parts: [], shape: [0, rows, columns], used: 0 };
      bins.push(bin);
    }
    bin.used += rows;
    bin.shape[0] = bin.parts.push({ filters, weight, begins: bin.parts.length });
  }
  return bins;
}

/** Bins as large as a binding. */
function bufferBins(found: readonly Candidate[], { binding: most }: DeviceFacts): Bin[] {
  const bins: Bin[] = [];
  for (const { filters, store, weight } of found) {
    let bin = bins.findLast((bin) => bin.store === store);
    const size = Math.ceil(filters.size / ALIGN) * ALIGN;
    if (!bin || bin.parts.length === MOST_ENTRIES || (bin.shape[1] + size) * 4 > most) {
      bin = { store, parts: [], shape: [1, 0] };
      bins.push(bin);
    }
    bin.parts.push({ filters, weight, begins: bin.shape[1] });
    bin.shape[1] += size;
  }
  return bins;
}

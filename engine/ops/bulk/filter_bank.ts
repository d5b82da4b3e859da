import code from "../../../shaders/bulk/filter_bank.wgsl" with { type: "text" };
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { type Shape, sizeOf } from "../../kernel/shape.ts";
import { packFiltersOp } from "../conv/pack_filters.ts";
import { type FilterLayout, meetings, turnFiltersOp } from "../conv/turn_filters.ts";
import { ceil4 } from "../lowering/tiling.ts";
import { type Entry, overEntries } from "./table.ts";

/** Filters of a bank. */
export interface BankedFilters {
  /** Packed filters of a weight without a scale or groups, or these turned; columns are a multiple of 4. */
  readonly filters: Tensor;
  /** Words before the weight in the store. */
  readonly weight: number;
  /** Numbers before the filters in the bank, or in a layered one their layer. */
  readonly begins: number;
}

interface Bank {
  readonly parts: readonly BankedFilters[];
  readonly shape: Shape;
}

/** Filters of many convolutions, from the flat tensor of the store with their weights; the gaps between them are undefined. */
const filterBankOp: Op<Bank> = defineOp<Bank>({
  name: "filter_bank",
  autocast: "f16",
  infer: (_, { shape }) => ({ shape, dtype: "f32" }),
  reference: (node, [weights]) => {
    const bank = new Float64Array(node.size);
    for (const { filters, weight, begins } of node.attrs.parts) {
      const packed = filters.op.name === packFiltersOp.name ? filters : filters.inputs[0];
      const from = weights.subarray(weight, weight + packed.inputs[0].size);
      const once = packed.op.reference(packed, [from]);
      const values = packed === filters ? once : filters.op.reference(filters, [once]);
      const [rows, columns] = filters.shape;
      const [start, step] = node.op.layered
        ? [begins * sizeOf(node.shape.slice(1)), node.shape[2]]
        : [begins, columns];
      for (let row = 0; row < rows; row++) {
        bank.set(values.subarray(row * columns, (row + 1) * columns), start + row * step);
      }
    }
    return bank;
  },
  wants: ["buffer"],
  lower: (node) => {
    const layered = Boolean(node.op.layered);
    const { defines, ...kernel } = overEntries(node.attrs.parts.map((part) => entryOf(part, layered)));
    return {
      kernels: [{
        label: "filter_bank",
        code,
        bind: { weights: { input: 0 }, y: { output: true } },
        defines: { ...defines, LAYERED: Number(layered) },
        ...kernel,
      }],
    };
  },
});

function entryOf({ filters, weight, begins }: BankedFilters, layered: boolean): Entry {
  const { rows, cols } = matrixOf(filters.shape);
  const turned = filters.op.name === turnFiltersOp.name;
  const [outC, kernel, , inC] = (turned ? filters.inputs[0] : filters).inputs[0].shape;
  const count = rows * cols;
  const start = [layered ? begins : begins / 4, weight, cols, count];
  if (!turned) return { count, numbers: [...start, rows / (kernel * kernel), inC, kernel] };
  const attrs = filters.attrs as Required<FilterLayout>;
  const { first, count: meet } = meetings(attrs);
  const from = attrs.padding - attrs.stride * first;
  return { count, numbers: [...start, ceil4(outC), inC, kernel, attrs.stride, from, meet, outC] };
}

/** One of a bank's filters. */
const bankedFiltersOp: Op<{ begins: number; shape: Shape }> = defineOp<{ begins: number; shape: Shape }>({
  name: "banked_filters",
  infer: (_, { shape }) => ({ shape, dtype: "f32" }),
  reference: ({ inputs: [bank], attrs: { begins, shape: [rows, columns] } }, [values]) => {
    const [start, step] = bank.op.layered
      ? [begins * sizeOf(bank.shape.slice(1)), bank.shape[2]]
      : [begins, columns];
    return Float64Array.from(
      { length: rows * columns },
      (_, i) => values[start + Math.floor(i / columns) * step + i % columns],
    );
  },
  aliases: 0,
  begins: ({ attrs: { begins } }) => begins,
});

/**
 * A bank of filters, computed in one dispatch: layers [layers, rows, columns] of one texture, or one buffer [1, numbers].
 *
 * @param flat The flat tensor of the store with all their weights.
 */
export function filterBank(flat: Tensor, parts: readonly BankedFilters[], shape: Shape): Tensor {
  const layered = shape.length === 3;
  return apply({ ...filterBankOp, layered }, [flat], { parts, shape });
}

/** Filters of a bank, as convolutions take them. */
export function filtersOf(bank: Tensor, { filters: { shape }, begins }: BankedFilters): Tensor {
  return apply(bankedFiltersOp, [bank], { begins, shape });
}

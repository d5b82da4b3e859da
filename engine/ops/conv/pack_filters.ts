import unpackCode from "../../../shaders/conv/unpack_filters.wgsl" with { type: "text" };
import packCode from "../../../shaders/conv/pack_filters.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { overVectors } from "../lowering/elementwise.ts";
import { ceil4 } from "../lowering/tiling.ts";

// An op and its transpose: each is the gradient of the other.

/**
 * Filters as the matrix that convolution kernels multiply by: row `(ky * k + kx) * in + ci`, column = output
 * channel, with the input channels of each tap padded by zeros to a multiple of 4. A second input scales each
 * output channel, as a folded batch norm does.
 *
 * In a grouped convolution `in` counts the channels of a block, one or more groups side by side ({@link blocksOf}). An
 * entry is zero where its input channel is in another group than its column.
 */
export const packFiltersOp: Op<{ groups: number }> = defineOp<{ groups: number }>({
  name: "pack_filters",
  autocast: "f16",
  infer: (inputs, { groups }) => {
    const [weight, scale] = inputs;
    const [outC, height, width, each] = weight.shape;
    if (weight.shape.length !== 4 || height !== width) {
      throw misfit("pack_filters", "a weight [outC, k, k, inC]", inputs, "the kernel is not square");
    }
    if (scale && scale.size !== outC) {
      throw misfit("pack_filters", `a scale [${outC}]`, inputs, "another length");
    }
    const inBlock = each * groups / blocksOf(weight.shape, groups);
    return { shape: [height * width * ceil4(inBlock), outC], dtype: "f32" as const };
  },
  gradient: (node, dy) => {
    const [weight, scale] = node.inputs;
    if (scale) {
      throw new TypeError(
        `Cannot differentiate ${node.describe()}: it takes filters without a scale, current are scaled by ` +
          `${scale.describe()}: differentiate first, a plan folds batch norms after it`,
      );
    }
    return [unpackFilters(dy, weight.shape, node.attrs.groups)];
  },
  reference: (node, [weight, scale]) => {
    const { groups } = node.attrs;
    const { shape } = node.inputs[0];
    const [outC, k, , each] = shape;
    const inBlock = groups / blocksOf(shape, groups);
    const packed = new Float64Array(node.size);
    for (let o = 0; o < outC; o++) {
      const first = Math.floor(o / (outC / groups)) % inBlock * each;
      for (let tap = 0; tap < k * k; tap++) {
        for (let c = 0; c < each; c++) {
          packed[(tap * ceil4(each * inBlock) + first + c) * outC + o] =
            weight[(o * k * k + tap) * each + c] *
            (scale?.[o] ?? 1);
        }
      }
    }
    return packed;
  },
  wants: ["buffer", "buffer"],
  lower: (node) => {
    const { groups } = node.attrs;
    const { shape } = node.inputs[0];
    const [outC, k, , each] = shape;
    const inBlock = groups / blocksOf(shape, groups);
    const constants = {
      TAPS: k * k,
      EACH: each,
      PADDED: ceil4(each * inBlock),
      OUT: outC,
      OUT_EACH: outC / groups,
      IN_BLOCK: inBlock,
    };
    const defines = { SCALED: node.inputs.length - 1 };
    const names = ["weight", "scale"].slice(0, node.inputs.length);
    return { kernels: [overVectors("pack_filters", packCode, node, names, { constants, defines })] };
  },
});

/** Packs a weight [outC, k, k, inC / groups], times a scale [outC] if one is given, for the convolution. */
export function packFilters(weight: Tensor, scale: Tensor | null = null, groups = 1): Tensor {
  return apply(packFiltersOp, scale ? [weight, scale] : [weight], { groups });
}

/** Filters from the packed matrix back to [outC, k, k, inC / groups]. */
export const unpackFiltersOp: Op<{ shape: Shape; groups: number }> = defineOp<
  { shape: Shape; groups: number }
>({
  name: "unpack_filters",
  infer: (inputs, { shape, groups }) => {
    const [outC, k, , each] = shape;
    const rows = k * k * ceil4(each * groups / blocksOf(shape, groups));
    if (inputs[0].shape.join() !== [rows, outC].join()) {
      throw misfit(
        "unpack_filters",
        `packed filters [${rows}, ${outC}]`,
        inputs,
        "they are of another shape",
      );
    }
    return { shape, dtype: "f32" as const };
  },
  gradient: ({ attrs: { groups } }, dy) => [packFilters(dy, null, groups)],
  reference: ({ attrs: { shape, groups }, size }, [packed]) => {
    const [outC, k, , each] = shape;
    const inBlock = groups / blocksOf(shape, groups);
    return Float64Array.from({ length: size }, (_, at) => {
      const [c, tap, o] = [at % each, Math.floor(at / each) % (k * k), Math.floor(at / (each * k * k))];
      const group = Math.floor(o / (outC / groups));
      return packed[(tap * ceil4(each * inBlock) + group % inBlock * each + c) * outC + o];
    });
  },
  lower: (node) => {
    const [outC, k, , each] = node.shape;
    const { groups } = node.attrs;
    const inBlock = groups / blocksOf(node.shape, groups);
    const constants = {
      K: k,
      EACH: each,
      PADDED: ceil4(each * inBlock),
      OUT_EACH: outC / groups,
      IN_BLOCK: inBlock,
    };
    return { kernels: [overVectors("unpack_filters", unpackCode, node, ["packed"], { constants })] };
  },
});

/** Filters of this shape, [outC, k, k, inC / groups], that {@link packFilters} packed. */
function unpackFilters(packed: Tensor, shape: Shape, groups = 1): Tensor {
  return apply(unpackFiltersOp, [packed], { shape, groups });
}

/**
 * Number of blocks of channels that the kernels keep apart. A block has as many groups of the convolution side by side
 * as give whole 4-vectors of input and output channels; where no number of groups does, there is one block.
 */
export function blocksOf([outC, , , each]: Shape, groups: number): number {
  for (let together = 1; together < groups; together++) {
    const whole = each * together % 4 === 0 && outC / groups * together % 4 === 0;
    if (groups % together === 0 && whole) return groups / together;
  }
  return 1;
}

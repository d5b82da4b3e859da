import code from "../../../shaders/conv/unpack_filters.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { overVectors } from "../lowering/elementwise.ts";
import { blocksOf, ceil4, packFilters } from "./pack_filters.ts";

/** Filters from the packed matrix back to [outC, k, k, inC / groups]. */
const unpackFiltersOp: Op<{ shape: Shape; groups: number }> = defineOp<
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
    return { kernels: [overVectors("unpack_filters", code, node, ["packed"], { constants })] };
  },
});

/** Filters of this shape, [outC, k, k, inC / groups], that {@link packFilters} packed. */
export function unpackFilters(packed: Tensor, shape: Shape, groups = 1): Tensor {
  return apply(unpackFiltersOp, [packed], { shape, groups });
}

import code from "../../../../shaders/conv/conv2d_subgroup.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { fills, hasKernels } from "../../lowering/subgroups.ts";
import { epilogue, sizes } from "./conv2d_sizes.ts";
import { stripEdges } from "./strip_edges.ts";
import type { Conv2dAttrs } from "./window.ts";

/**
 * Most K PIXELS GROUPS of a kernel, whose body has 16 times as many multiply-adds to compile: more where the filters have
 * more than so many bytes, as every tile reads them all.
 */
const [MOST_TERMS, MANY_BYTES, MOST_TERMS_OF_MANY] = [56, 64 * 1024, 96];

/** Cost of a load of filters in loads of pixels, with the broadcasts of what was loaded. */
const FILTER_LOAD = 1.75;

/** Tile of a subgroup: the pixels of a strip and 4-vectors of channels, in an image for each invocation. */
interface SubgroupTile {
  pixels: number;
  groups: number;
}

/** The tiles with the fewest loads for each product; at most two. */
function tilesOf(node: Tensor<Conv2dAttrs>, size: number): SubgroupTile[] {
  const { kernel, stride } = node.attrs;
  const width = node.shape[2];
  const { CI4_EACH, CO4_EACH } = sizes(node);
  const many = kernel * kernel * CI4_EACH * CO4_EACH * 64 > MANY_BYTES;
  const mostTerms = many ? MOST_TERMS_OF_MANY : MOST_TERMS;
  const loads = ({ pixels, groups }: SubgroupTile) =>
    Math.ceil(width / pixels) / groups *
    ((pixels - 1) * stride + kernel + FILTER_LOAD * Math.ceil(4 * kernel * groups / size));
  const lengths = new Set(
    Array.from({ length: 16 }, (_, i) => Math.ceil(width / Math.ceil(width / (i + 1)))),
  );
  return [...lengths].flatMap((pixels) => [4, 2, 1].map((groups) => ({ pixels, groups })))
    .filter(({ pixels, groups }) =>
      CO4_EACH % groups === 0 && (kernel * pixels * groups <= mostTerms || pixels * groups === 1)
    )
    .toSorted((a, b) => loads(a) - loads(b))
    .slice(0, 2);
}

/**
 * Kernels whose subgroups share filters, to the bits of `conv2d_lane`.
 *
 * @param size Invocations of a subgroup; 0 where unknown. @returns None where other kernels are faster: for subgroups of
 * another size, and for a batch that does not fill one. The last batch of an epoch takes the kernels of the others, even
 * where it leaves invocations idle: to compile others takes longer.
 */
export function subgroupKernels(node: Tensor<Conv2dAttrs>, size: number): Kernel[] {
  const [n] = node.shape;
  if (!hasKernels(size) || n < size && !fills(n, size)) return [];
  return tilesOf(node, size).map((tile) => subgroupKernel(node, tile, size));
}

function subgroupKernel(
  node: Tensor<Conv2dAttrs>,
  { pixels, groups }: SubgroupTile,
  size: number,
): Kernel {
  const { kernel, groups: blocks } = node.attrs;
  const [n, oh, ow] = node.shape;
  const constants = sizes(node);
  const strips = Math.ceil(ow / pixels);
  const tiles = constants.CO4 / groups * strips * oh * Math.ceil(n / size);
  const workgroups = Math.ceil(tiles * size / 64);
  // A dimension takes at most 65,535 workgroups.
  const x = Math.min(workgroups, 32768);
  const { defines, ...operands } = epilogue(node);
  return {
    ...operands,
    label: "conv2d_subgroup",
    code,
    defines: {
      ...defines,
      ...stripEdges(node, pixels),
      PIXELS: pixels,
      GROUPS: groups,
      LANES: Math.min(4, node.inputs[0].shape[3] / blocks),
      SIZE: size,
      FILTER_LOADS: Math.ceil(4 * kernel * groups / size),
    },
    constants: { ...constants, N: n, TILES: tiles, BAND: x * 64, STRIPS: strips },
    sizes: ["N", "TILES", "BAND"],
    workgroups: [x, Math.ceil(workgroups / x), 1],
  };
}

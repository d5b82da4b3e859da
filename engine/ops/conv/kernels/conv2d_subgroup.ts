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

/** Tile of a subgroup: the pixels of a strip and 4-vectors of channels, in an image or a row for each invocation. */
interface SubgroupTile {
  pixels: number;
  groups: number;
}

/** Longest strips; of 1x1 windows too, where each invocation has a row: pixels of 8 rows at once leave near caches. */
const [LONGEST, LONGEST_IN_ROWS] = [16, 7];

/** The tiles with the fewest loads for each product; at most two. */
function tilesOf(node: Tensor<Conv2dAttrs>, size: number, byRows: boolean): SubgroupTile[] {
  const { kernel, stride } = node.attrs;
  const longest = byRows && kernel === 1 ? LONGEST_IN_ROWS : LONGEST;
  const width = node.shape[2];
  const { CI4_EACH, CO4_EACH } = sizes(node);
  const many = kernel * kernel * CI4_EACH * CO4_EACH * 64 > MANY_BYTES;
  const mostTerms = many ? MOST_TERMS_OF_MANY : MOST_TERMS;
  const loads = ({ pixels, groups }: SubgroupTile) =>
    Math.ceil(width / pixels) / groups *
    ((pixels - 1) * stride + kernel + FILTER_LOAD * Math.ceil(4 * kernel * groups / size));
  const lengths = new Set(
    Array.from({ length: longest }, (_, i) => Math.ceil(width / Math.ceil(width / (i + 1)))),
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
 * another size, and for a batch whose images, and their rows too, do not fill one. The last batch of an epoch takes the
 * kernels of the others, even where it leaves invocations idle: to compile others takes longer.
 */
export function subgroupKernels(node: Tensor<Conv2dAttrs>, size: number): Kernel[] {
  const [n, oh] = node.shape;
  if (!hasKernels(size)) return [];
  const byRows = n < size && !fills(n, size);
  if (byRows && !fills(n * oh, size)) return [];
  return tilesOf(node, size, byRows).map((tile) => subgroupKernel(node, tile, size, byRows));
}

/** @param byRows Gives each invocation a row of its own, not an image. */
function subgroupKernel(
  node: Tensor<Conv2dAttrs>,
  { pixels, groups }: SubgroupTile,
  size: number,
  byRows: boolean,
): Kernel {
  const { kernel, stride, padding, groups: blocks } = node.attrs;
  const [n, oh, ow] = node.shape;
  const constants = sizes(node);
  const strips = Math.ceil(ow / pixels);
  const shared = byRows ? Math.ceil(n * oh / size) : oh * Math.ceil(n / size);
  const tiles = constants.CO4 / groups * strips * shared;
  // Few images make few tiles, which all cores are to share.
  const workgroup = byRows ? 16 : 64;
  const workgroups = Math.ceil(tiles * size / workgroup);
  // A dimension takes at most 65,535 workgroups.
  const x = Math.min(workgroups, 32768);
  const { defines, ...operands } = epilogue(node);
  const { MAY_MISS, ...edges } = stripEdges(node, pixels);
  const leaves = padding > 0 || (oh - 1) * stride - padding + kernel > constants.H;
  return {
    ...operands,
    label: "conv2d_subgroup",
    code,
    defines: {
      ...defines,
      ...edges,
      MAY_MISS: byRows ? 0 : MAY_MISS,
      MAY_LEAVE: Number(byRows && leaves),
      BY_ROWS: Number(byRows),
      WORKGROUP: workgroup,
      PIXELS: pixels,
      GROUPS: groups,
      LANES: Math.min(4, node.inputs[0].shape[3] / blocks),
      SIZE: size,
      FILTER_LOADS: Math.ceil(4 * kernel * groups / size),
    },
    constants: { ...constants, N: byRows ? n * oh : n, TILES: tiles, BAND: x * workgroup, STRIPS: strips },
    sizes: ["N", "TILES", "BAND"],
    workgroups: [x, Math.ceil(workgroups / x), 1],
  };
}

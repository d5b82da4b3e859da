import grid from "../../../../shaders/lowering/grid.wgsl" with { type: "text" };
import lane from "../../../../shaders/conv/conv2d_lane.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { grid2d } from "../../lowering/elementwise.ts";
import type { Conv2dAttrs } from "./window.ts";
import { epilogue, sizes } from "./conv2d_sizes.ts";
import { stripEdges } from "./strip_edges.ts";

/**
 * Most K PIXELS IMAGES GROUPS of a lane kernel, whose body has 16 times as many multiply-adds. Larger tiles load less
 * for each multiply-add, but take longer to compile, spill more, and their code leaves the instruction cache.
 */
const MOST_TERMS = 56;

/** Filters of more bytes than a near cache holds, and the most terms then: every tile reads them all, and loads wait. */
const [MANY_BYTES, MOST_TERMS_OF_MANY] = [128 * 1024, 96];

/** Cost of a load of pixels in loads of filters: neighbours share it, but it waits for the masks at the edges. */
const PIXEL_LOAD = 1.5;

/** Tile of an invocation: the pixels of its strip, the images with that strip, and its 4-vectors of channels. */
interface LaneTile {
  pixels: number;
  images: number;
  groups: number;
}

/** Most other tiles to offer with strips as long as the first tile's, and as many with strips of half the length. */
const MOST_OTHERS = 2;

/** Tiles in the order of their loads for each product. Where rows are short, images share the filters. */
function laneTiles(node: Tensor<Conv2dAttrs>): LaneTile[] {
  const { kernel, stride } = node.attrs;
  const [count, , width] = node.shape;
  const { CO4_EACH: co4, CI4_EACH: ci4 } = sizes(node);
  const many = kernel * kernel * ci4 * co4 * 64 > MANY_BYTES;
  const mostTerms = many ? MOST_TERMS_OF_MANY : MOST_TERMS;
  // A second pixel costs STRIDE texels, so that with a stride more channels pay better.
  const most = Math.max(1, Math.min(stride === 1 ? 16 : 8, Math.floor(mostTerms / kernel)));
  const strips = Math.ceil(width / most);
  const inStrips = (strips: number) => {
    const pixels = Math.ceil(width / strips);
    const shared = strips === 1 ? [1, 2, 4].filter((images) => count % images === 0) : [1];
    return shared.flatMap((images) => [1, 2, 4].map((groups) => ({ pixels, images, groups })));
  };
  const loads = ({ pixels, images, groups }: LaneTile) =>
    (PIXEL_LOAD * images * ((pixels - 1) * stride + kernel) + 4 * kernel * groups) / (images * groups);
  const fits = ({ pixels, images, groups }: LaneTile) =>
    co4 % groups === 0 && kernel * pixels * images * groups <= mostTerms;
  const ranked = (tiles: readonly LaneTile[]) => tiles.filter(fits).toSorted((a, b) => loads(a) - loads(b));
  const whole = inStrips(strips);
  const [first = whole[0], ...others] = ranked(whole);
  const halves = width > strips ? ranked(inStrips(2 * strips)) : [];
  return [first, ...others.slice(0, MOST_OTHERS), ...halves.slice(0, MOST_OTHERS)];
}

/** Kernels with register tiles over textures; a plan takes the first where no timing is known. */
export function laneKernels(node: Tensor<Conv2dAttrs>): Kernel[] {
  return laneTiles(node).map((tile) => laneKernel(node, tile));
}

function laneKernel(node: Tensor<Conv2dAttrs>, { pixels, images, groups }: LaneTile): Kernel {
  const inC = node.inputs[0].shape[3];
  const [n, oh, ow] = node.shape;
  const constants = sizes(node);
  const strips = Math.ceil(ow / pixels);
  const { defines, ...operands } = epilogue(node);
  return {
    ...operands,
    label: "conv2d_lane",
    code: lane,
    includes: { grid },
    defines: {
      ...defines,
      ...stripEdges(node, pixels),
      PIXELS: pixels,
      IMAGES: images,
      GROUPS: groups,
      LANES: Math.min(4, inC / node.attrs.groups),
    },
    ...grid2d(strips * n / images * oh, constants.CO4 / groups, { ...constants, STRIPS: strips }),
  };
}

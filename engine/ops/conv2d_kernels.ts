import grid from "../../shaders/grid.wgsl" with { type: "text" };
import lane from "../../shaders/conv2d_lane.wgsl" with { type: "text" };
import tile from "../../shaders/conv2d_tile.wgsl" with { type: "text" };
import type { Kernel } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import type { Conv2dAttrs } from "./conv2d.ts";
import { grid2d } from "./elementwise.ts";
import { ceil4 } from "./pack_filters.ts";
import { tiling } from "./tiling.ts";

/**
 * Most K PIXELS IMAGES GROUPS of a lane kernel: its body has 16 times as many multiply-adds. Larger tiles load less for
 * each, but take longer to compile, spill more, and their code leaves the instruction cache.
 */
const MOST_TERMS = 56;

/** What a load of pixels costs beside one of filters: neighbours share it, but it waits for masks at the edges. */
const PIXEL_LOAD = 1.5;

/** The strip of pixels, the images that have it and the 4-vectors of channels of an invocation of the lane kernel. */
interface LaneTile {
  pixels: number;
  images: number;
  groups: number;
}

/**
 * The tile with the fewest loads for each product. Where rows are short, images share the filters: of deep layers those
 * are more than a cache holds.
 */
function laneTile(kernel: number, stride: number, width: number, count: number, co4: number): LaneTile {
  // A second pixel costs STRIDE texels: with a stride, more channels pay better.
  const most = Math.max(1, Math.min(stride === 1 ? 16 : 8, Math.floor(MOST_TERMS / kernel)));
  const strips = Math.ceil(width / most);
  const pixels = Math.ceil(width / strips);
  const shared = strips === 1 ? [1, 2, 4].filter((images) => count % images === 0) : [1];
  const tiles = shared.flatMap((images) => [1, 2, 4].map((groups) => ({ pixels, images, groups })));
  const loads = ({ images, groups }: LaneTile) =>
    (PIXEL_LOAD * images * ((pixels - 1) * stride + kernel) + 4 * kernel * groups) / (images * groups);
  const fits = ({ images, groups }: LaneTile) =>
    co4 % groups === 0 && kernel * pixels * images * groups <= MOST_TERMS;
  return tiles.filter(fits).reduce((best, tile) => loads(tile) < loads(best) ? tile : best, tiles[0]);
}

/** Register tiles over textures. */
export function laneKernel(node: Tensor<Conv2dAttrs>): Kernel {
  const { kernel, stride, padding } = node.attrs;
  const [, , w, inC] = node.inputs[0].shape;
  const [n, oh, ow] = node.shape;
  const constants = sizes(node);
  const { pixels, images, groups } = laneTile(kernel, stride, ow, n, constants.CO4_EACH);
  const strips = Math.ceil(ow / pixels);
  const span = (pixels - 1) * stride + kernel;
  // Columns of the first strip before the image, and of the last one beyond it.
  const head = Math.min(span, padding);
  const tail = Math.min(span - head, Math.max(0, (strips - 1) * pixels * stride - padding + span - w));
  const { defines, ...operands } = epilogue(node);
  return {
    ...operands,
    label: "conv2d_lane",
    code: lane,
    includes: { grid },
    defines: {
      ...defines,
      PIXELS: pixels,
      IMAGES: images,
      GROUPS: groups,
      LANES: Math.min(4, inC / node.attrs.groups),
      HEAD: head,
      BODY: span - head - tail,
      TAIL: tail,
      // Windows of which no row is in the image.
      MAY_MISS: Number(padding >= kernel),
    },
    ...grid2d(strips * n / images * oh, constants.CO4 / groups, { ...constants, STRIPS: strips }),
  };
}

/** A tile of 64 pixels x 16, 32 or 64 channels per workgroup of 64 invocations, staged through workgroup memory. */
export function tileKernel(node: Tensor<Conv2dAttrs>): Kernel {
  const { groups } = node.attrs;
  const [n, oh, ow] = node.shape;
  const constants = sizes(node);
  const { defines, tiles: [across, ...down] } = tiling(n * oh * ow, constants.CO4_EACH, groups === 1 ? 4 : 1);
  return {
    ...epilogue(node),
    label: "conv2d_tile",
    code: tile,
    constants: { ...constants, PIXELS: n * oh * ow },
    defines: { ...epilogue(node).defines, ...defines },
    workgroups: [across * groups, ...down],
  };
}

/** Operands and switches that both kernels share. */
function epilogue(node: Tensor<Conv2dAttrs>) {
  const { kernel, stride, bias, residual, relu } = node.attrs;
  const optional = {
    ...bias && { bias: { input: 2 } },
    ...residual && { residual: { input: bias ? 3 : 2 } },
  };
  return {
    bind: { x: { input: 0 }, filters: { input: 1 }, ...optional, y: { output: true as const } },
    defines: {
      BIAS: Number(bias),
      RESIDUAL: Number(residual),
      RELU: Number(relu),
      K: kernel,
      STRIDE: stride,
    },
  };
}

function sizes(node: Tensor<Conv2dAttrs>) {
  const { stride, padding, groups } = node.attrs;
  const [, h, w, inC] = node.inputs[0].shape;
  const [, oh, ow, outC] = node.shape;
  return {
    H: h,
    W: w,
    OH: oh,
    OW: ow,
    CI4: ceil4(inC) / 4,
    CO4: ceil4(outC) / 4,
    CI4_EACH: ceil4(inC / groups) / 4,
    CO4_EACH: ceil4(outC / groups) / 4,
    STRIDE: stride,
    PAD: padding,
  };
}

import tileCode from "../../../../shaders/conv/conv2d_tile.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { type Tile, tilesOf, tiling } from "../../lowering/tiling.ts";
import type { Conv2dAttrs } from "./window.ts";
import { epilogue, sizes } from "./conv2d_sizes.ts";

/** Kernels with tiles in workgroup memory, pixels x channels; a plan takes the first where no timing is known. */
export function tileKernels(node: Tensor<Conv2dAttrs>): Kernel[] {
  const [n, oh, ow] = node.shape;
  const { CO4_EACH, CI4_EACH } = sizes(node);
  const tiles = tilesOf(n * oh * ow, CO4_EACH, CI4_EACH, node.attrs.groups === 1 ? 4 : 1);
  return tiles.map((tile) => tileKernel(node, tile));
}

function tileKernel(node: Tensor<Conv2dAttrs>, tile: Tile): Kernel {
  const { groups } = node.attrs;
  const [n, oh, ow] = node.shape;
  const constants = sizes(node);
  const { defines: tiles, tiles: [across, ...down] } = tiling(tile, n * oh * ow, constants.CO4_EACH);
  const { defines, ...operands } = epilogue(node);
  return {
    ...operands,
    label: "conv2d_tile",
    code: tileCode,
    constants: { ...constants, PIXELS: n * oh * ow },
    sizes: ["PIXELS"],
    defines: { ...defines, ...tiles },
    workgroups: [across * groups, ...down],
  };
}

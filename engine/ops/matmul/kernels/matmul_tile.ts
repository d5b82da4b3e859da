import tileCode from "../../../../shaders/matmul/matmul_tile.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { type Tile, tilesOf, tiling } from "../../lowering/tiling.ts";
import { bindings, sizes } from "./matmul_sizes.ts";

/** Kernels with tiles in workgroup memory, cut as conv2d cuts its tiles. */
export function tileKernels(node: Tensor<null>): Kernel[] {
  const { M, K4, N4 } = sizes(node);
  return tilesOf(M, N4, K4).map((tile) => tileKernel(node, tile));
}

function tileKernel(node: Tensor<null>, tile: Tile): Kernel {
  const { batch, M, K, K4, N4 } = sizes(node);
  const { defines: tiles, tiles: [across, down, more] } = tiling(tile, M, N4);
  const { defines, ...bound } = bindings(node);
  return {
    label: "matmul_tile",
    code: tileCode,
    ...bound,
    constants: { M, K, K4, N4, LAYERS: more },
    sizes: ["M", "K", "K4", "LAYERS"],
    defines: { ...defines, ...tiles },
    workgroups: [across, down, more * batch],
  };
}

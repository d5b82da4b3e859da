import tile from "../../../../shaders/conv/conv2d_filters_grad_tile.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import type { ConvMoves } from "./window.ts";
import { BIND, type FirstStage, MOST_PIXELS, share, sizes } from "./filters_grad_parts.ts";

/** Pixels that a workgroup of the tile family stages at a time, and other numbers that a tuning may try. */
const [STEP, ...STEPS] = [8, 4, 16];

/** Bytes of workgroup memory that every adapter has. */
const MOST_STAGED = 16384;

/** Tiles of up to 64 x 64 sums, the pixels split so that there are workgroups for a large GPU. */
export function tileKernel(node: Tensor<ConvMoves>): FirstStage {
  const { kernel, groups } = node.attrs;
  const { CI4_EACH, CO4_EACH } = sizes(node);
  const threadsX = [16, 8, 4, 2].find((width) => CO4_EACH >= width) ?? 1;
  const threadsY = 64 / threadsX;
  // As many 4-vectors of rows to an invocation as the rows fill, and workgroup memory holds.
  const vectors = kernel * kernel * CI4_EACH;
  const most = Math.min(4, threadsX);
  const threadRows = Math.ceil(vectors / (threadsY * Math.ceil(vectors / (threadsY * most))));
  const tiles = [Math.ceil(CO4_EACH / threadsX) * groups, Math.ceil(vectors / (threadsY * threadRows))];
  const [n, oh, ow] = node.inputs[1].shape;
  const pixels = n * oh * ow;
  const wanted = Math.min(256, Math.ceil(pixels / 64), Math.ceil(1024 / (tiles[0] * tiles[1])));
  const length = share(pixels, wanted, Math.ceil(pixels / MOST_PIXELS), node);
  const others = [
    ...STEPS.map((step) => ({ threadRows, step })),
    ...threadRows > 1 ? [{ threadRows: threadRows - 1, step: STEP }] : [],
  ]
    .filter(({ threadRows, step }) => (threadsY * threadRows + threadsX) * step * 16 <= MOST_STAGED);
  const make = (tile: { threadRows: number; step: number }) => tileStage(node, { threadsX, length, ...tile });
  return {
    parts: Math.ceil(pixels / length),
    first: make({ threadRows, step: STEP }),
    others: others.map(make),
  };
}

/** The first stage in parts of so many pixels, with so many 4-vectors of rows to an invocation. */
function tileStage(
  node: Tensor<ConvMoves>,
  { threadsX, threadRows, step, length }: {
    threadsX: number;
    threadRows: number;
    step: number;
    length: number;
  },
): Kernel {
  const { kernel, groups } = node.attrs;
  const constants = sizes(node);
  const [n, oh, ow] = node.inputs[1].shape;
  const [pixels, threadsY] = [n * oh * ow, 64 / threadsX];
  const tileRows = threadsY * threadRows;
  return {
    label: "conv2d_filters_grad_tile",
    code: tile,
    bind: BIND,
    constants: { ...constants, PIXELS: pixels, LENGTH: length },
    sizes: ["PIXELS", "LENGTH"],
    defines: {
      K: kernel,
      STEP: step,
      THREADS_X: threadsX,
      THREADS_Y: threadsY,
      THREAD_ROWS: threadRows,
      TILE_ROWS: tileRows,
      LOADS: Math.ceil(tileRows * step / 64),
      ABOVE_LOADS: Math.ceil(threadsX * step / 64),
    },
    workgroups: [
      Math.ceil(constants.CO4_EACH / threadsX) * groups,
      Math.ceil(kernel * kernel * constants.CI4_EACH / tileRows),
      Math.ceil(pixels / length),
    ],
  };
}

import lane from "../../../../shaders/conv/conv2d_filters_grad_lane.wgsl" with { type: "text" };
import type { Tensor } from "../../../graph/node.ts";
import type { ConvMoves } from "./window.ts";
import { subgroupKernel } from "./filters_grad_subgroup.ts";
import { BIND, type FirstStage, MOST_PIXELS, share, sizes } from "./filters_grad_parts.ts";

/**
 * Register tiles of all taps of a kernel row, and enough parts for all cores.
 *
 * @param subgroup Invocations of a subgroup; 0 where unknown.
 */
export function laneKernel(node: Tensor<ConvMoves>, subgroup: number): FirstStage {
  const { kernel, stride, padding } = node.attrs;
  const constants = sizes(node);
  const { CI4_EACH, CO4, CO4_EACH, OH, OW, W } = constants;
  const { pixels, depth, width } = registers(kernel, OW, CI4_EACH, CO4_EACH);
  const strips = Math.ceil(OW / pixels);
  const span = (pixels - 1) * stride + kernel;
  // Columns of the first strip before the image, and of the last one beyond it.
  const head = Math.min(span, padding);
  const tail = Math.min(span - head, Math.max(0, (strips - 1) * pixels * stride - padding + span - W));
  const tiles = kernel * (CI4_EACH / depth) * (CO4 / width);
  const rows = node.inputs[1].shape[0] * OH;
  const each = share(rows, Math.ceil(LANES / tiles), Math.ceil(rows * OW / MOST_PIXELS), node);
  const parts = Math.ceil(rows / each);
  const first = {
    label: "conv2d_filters_grad_lane",
    code: lane,
    bind: BIND,
    constants: { ...constants, ROWS: rows, PARTS: parts, ROWS_EACH: each, STRIPS: strips },
    sizes: ["ROWS", "PARTS", "ROWS_EACH"],
    defines: {
      K: kernel,
      STRIDE: stride,
      PIXELS: pixels,
      HEAD: head,
      BODY: span - head - tail,
      TAIL: tail,
      DEPTH: depth,
      WIDTH: width,
      WHOLE: Number(OW % pixels === 0),
    },
    workgroups: [Math.ceil(tiles * parts / 32), 1, 1] as const,
  };
  const shared = subgroupKernel(node, subgroup, each);
  return shared ? { parts, first: shared, others: [first] } : { parts, first };
}

/** Invocations that keep the cores of a machine busy to the end. */
const LANES = 1536;

/** Most terms of a register tile, K PIXELS DEPTH WIDTH: its body has 16 times as many multiply-adds to compile. */
const MOST_TERMS = 56;

/** Pixels of a row, and 4-vectors of input and output channels, of a register tile. */
function registers(kernel: number, row: number, deep: number, wide: number) {
  // Windows that overlap share their loads; others load less for more channels.
  const most = kernel > 12 ? 1 : kernel > 2 ? 4 : 2;
  const pixels = Math.ceil(row / Math.ceil(row / most));
  let [depth, width] = [1, 1];
  for (let both = 2; both <= 16 && kernel * pixels * both <= MOST_TERMS; both *= 2) {
    const [deeper, wider] = [deep % (2 * depth) === 0, wide % (2 * width) === 0];
    if (deeper && (depth < width || !wider)) depth *= 2;
    else if (wider) width *= 2;
  }
  return { pixels, depth, width };
}

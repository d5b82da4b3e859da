import lane from "../../../shaders/conv/conv2d_filters_grad_lane.wgsl" with { type: "text" };
import tile from "../../../shaders/conv/conv2d_filters_grad_tile.wgsl" with { type: "text" };
import total from "../../../shaders/conv/conv2d_filters_grad_total.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { conv2dImageGrad, convolve } from "./conv2d.ts";
import { type ConvMoves, placesOf } from "./window.ts";
import { grid2d } from "../lowering/elementwise.ts";
import { ceil4 } from "../lowering/tiling.ts";

/** Pixels that one invocation adds one after the other: longer sums lose digits, and loops their last rounds. */
const MOST_PIXELS = 4096;

/** Bytes of the sums of all parts. */
const MOST_BYTES = 2 ** 26;

/** `dfilters = sum over pixels of (x moved by each tap) dy`, in the layout of packed filters. */
const conv2dFiltersGradOp: Op<ConvMoves> = defineOp<ConvMoves>({
  name: "conv2d_filters_grad",
  autocast: "f32",
  infer: (inputs, attrs) => {
    const [x, dy] = inputs;
    const [n, h, w, inC] = x.shape;
    const fits = x.shape.length === 4 && dy.shape.length === 4 && dy.shape[0] === n &&
      dy.shape[1] === placesOf(h, attrs) && dy.shape[2] === placesOf(w, attrs);
    if (!fits) {
      throw misfit("conv2d_filters_grad", "x and dy of one convolution", inputs, "dy is of another one");
    }
    const { kernel, groups } = attrs;
    return { shape: [kernel * kernel * ceil4(inC / groups), dy.shape[3]], dtype: "f32" as const };
  },
  gradient: ({ inputs: [x, dy], attrs }, ddfilters) => [
    conv2dImageGrad(dy, ddfilters, attrs, x.shape),
    convolve(x, ddfilters, attrs),
  ],
  reference: (node, [x, dy]) => {
    const { kernel, stride, padding, groups } = node.attrs;
    const [n, h, w, inC] = node.inputs[0].shape;
    const [, oh, ow, outC] = node.inputs[1].shape;
    const [inEach, outEach] = [inC / groups, outC / groups];
    const dfilters = new Float64Array(node.size);
    for (let at = 0; at < n * oh * ow; at++) {
      const [image, row, col] = [Math.floor(at / (oh * ow)), Math.floor(at / ow) % oh, at % ow];
      for (let tap = 0; tap < kernel * kernel; tap++) {
        const i = row * stride - padding + Math.floor(tap / kernel);
        const j = col * stride - padding + tap % kernel;
        if (i < 0 || i >= h || j < 0 || j >= w) continue;
        for (let co = 0; co < outC; co++) {
          const first = Math.floor(co / outEach) * inEach;
          for (let ci = 0; ci < inEach; ci++) {
            dfilters[(tap * ceil4(inEach) + ci) * outC + co] +=
              x[((image * h + i) * w + j) * inC + first + ci] * dy[at * outC + co];
          }
        }
      }
    }
    return dfilters;
  },
  wants: ["fast", "fast"],
  flops: ({ attrs, inputs: [x, dy] }) => 2 * dy.size * attrs.kernel ** 2 * x.shape[3] / attrs.groups,
  lower: (node, { family }) => {
    const { first, parts, others = [] } = family === "lane" ? laneKernel(node) : tileKernel(node);
    const rows = node.shape[0];
    const cols = ceil4(node.shape[1]) / 4;
    const second: Kernel = {
      label: "conv2d_filters_grad_total",
      code: total,
      bind: { sums: { scratch: 0 }, y: { output: true } },
      includes: { grid },
      ...grid2d(rows, cols, { PARTS: parts }),
    };
    return {
      scratch: [parts * rows * cols * 16],
      kernels: [first, second],
      others: others.map((other) => [other, second]),
    };
  },
});

/** Gradient of a convolution by its packed filters, from x [N, H, W, inC] and dy [N, OH, OW, outC]. */
export function conv2dFiltersGrad(x: Tensor, dy: Tensor, moves: ConvMoves): Tensor {
  const { kernel, stride, padding, extra = 0, groups } = moves;
  return apply(conv2dFiltersGradOp, [x, dy], { kernel, stride, padding, extra, groups });
}

interface FirstStage {
  first: Kernel;
  /** Other kernels with the same parts, and the same order of sums in each. */
  others?: readonly Kernel[];
  parts: number;
}

/** Register tiles of all taps of a kernel row, and enough parts for all cores. */
function laneKernel(node: Tensor<ConvMoves>): FirstStage {
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
  return { parts, first };
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

/** Pixels that a workgroup of the tile family stages at a time, and other numbers that a tuning may try. */
const [STEP, ...STEPS] = [8, 4, 16];

/** Bytes of workgroup memory that every adapter has. */
const MOST_STAGED = 16384;

/** Tiles of up to 64 x 64 sums, the pixels split so that there are workgroups for a large GPU. */
function tileKernel(node: Tensor<ConvMoves>): FirstStage {
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

/** Rows or pixels of a part, of so many: enough parts for the cores and for short sums, as far as memory goes. */
function share(all: number, forCores: number, forSums: number, { shape: [rows, outC] }: Tensor): number {
  const fit = Math.max(1, Math.floor(MOST_BYTES / (rows * ceil4(outC) * 4)));
  return Math.ceil(all / Math.min(Math.max(forCores, forSums), fit, all));
}

const BIND = { x: { input: 0 }, dy: { input: 1 }, sums: { scratch: 0 } } as const;

function sizes({ attrs, inputs: [x, dy] }: Tensor<ConvMoves>) {
  const [, h, w, inC] = x.shape;
  const [, oh, ow, outC] = dy.shape;
  return {
    H: h,
    W: w,
    OH: oh,
    OW: ow,
    CI4: ceil4(inC) / 4,
    CO4: ceil4(outC) / 4,
    CI4_EACH: ceil4(inC / attrs.groups) / 4,
    CO4_EACH: ceil4(outC / attrs.groups) / 4,
    STRIDE: attrs.stride,
    PAD: attrs.padding,
  };
}

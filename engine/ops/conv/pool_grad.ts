import code from "../../../shaders/conv/pool_grad.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import spread from "../../../shaders/conv/global_avg_pool_grad.wgsl" with { type: "text" };
import tapCode from "../../../shaders/conv/max_pool_tap.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, type Op, type Tensor } from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { overVectors } from "../lowering/elementwise.ts";
import { avgPool, globalAvgPool } from "./pool.ts";
import { type Moves, placesOf } from "./window.ts";

/** Moves of the windows, and the shape [N, H, W, C] of the images. */
interface PoolGradAttrs extends Moves {
  shape: Shape;
}

/** `dx[i, j] = sum over the windows that cover i, j of dy / kernel^2`. */
const avgPoolGradOp: Op<PoolGradAttrs> = defineOp<PoolGradAttrs>({
  name: "avg_pool_grad",
  infer: (_, { shape }) => ({ shape, dtype: "f32" as const }),
  gradient: ({ attrs }, ddx) => [avgPool(ddx, attrs)],
  reference: (node, [dy]) => {
    const dx = new Float64Array(node.size);
    eachPlace(node, (from, _, to) => dx[to] += dy[from] / node.attrs.kernel ** 2);
    return dx;
  },
  lower: (node) => ({ kernels: [gradKernel(node, false)] }),
});

/** Gradient of the windowed mean of images of this shape. */
export function avgPoolGrad(dy: Tensor, moves: Moves, shape: Shape): Tensor {
  return apply(avgPoolGradOp, [dy], { ...moves, shape });
}

/** Place of each window's first maximum or last NaN, `ky kernel + kx`. It is a whole number and has no gradient. */
const maxPoolTapOp: Op<Moves> = defineOp<Moves>({
  name: "max_pool_tap",
  half: "never",
  infer: ([x], moves) => {
    const [n, h, w, c] = x.shape;
    return { shape: [n, placesOf(h, moves), placesOf(w, moves), c], dtype: "f32" as const };
  },
  reference: (node, [x]) => {
    const most = new Float64Array(node.size).fill(-Infinity);
    const taps = new Float64Array(node.size).fill(-1);
    eachPlace(imagesOf(node), (at, tap, from) => {
      if (taps[at] >= 0 && !(x[from] > most[at] || Number.isNaN(x[from]))) return;
      most[at] = x[from];
      taps[at] = tap;
    });
    return taps;
  },
  lower: (node) => {
    const constants = { ...sizes(node.attrs, node.inputs[0].shape, node.shape), CHANNELS: node.shape[3] };
    return {
      kernels: [overVectors("max_pool_tap", tapCode, node, ["x"], { constants, includes: { lanes } })],
    };
  },
});

/** `dx[i, j] = sum over the windows whose first maximum is at i, j of dy`. */
const maxPoolGradOp: Op<PoolGradAttrs> = defineOp<PoolGradAttrs>({
  name: "max_pool_grad",
  infer: (_, { shape }) => ({ shape, dtype: "f32" as const }),
  reference: (node, [dy, taps]) => {
    const dx = new Float64Array(node.size);
    eachPlace(node, (from, tap, to) => {
      if (taps[from] === tap) dx[to] += dy[from];
    });
    return dx;
  },
  lower: (node) => ({ kernels: [gradKernel(node, true)] }),
});

/** Gradient of the windowed maximum of x. The first of equal values takes it, and the last NaN, as in torch. */
export function maxPoolGrad(x: Tensor, dy: Tensor, { kernel, stride, padding }: Moves): Tensor {
  const moves = { kernel, stride, padding };
  return apply(maxPoolGradOp, [dy, apply(maxPoolTapOp, [x], moves)], { ...moves, shape: x.shape });
}

/** `dx[n, i, j, c] = dy[n, c] / (H W)`. */
const globalAvgPoolGradOp: Op<{ shape: Shape }> = defineOp<{ shape: Shape }>({
  name: "global_avg_pool_grad",
  infer: (_, { shape }) => ({ shape, dtype: "f32" as const }),
  gradient: (_, ddx) => [globalAvgPool(ddx)],
  reference: ({ shape: [, h, w, c], size }, [dy]) =>
    Float64Array.from({ length: size }, (_, at) => dy[Math.floor(at / (h * w * c)) * c + at % c] / (h * w)),
  lower: (node) => {
    const [, h, w, c] = node.shape;
    const constants = { H: h, GROUPS: Math.ceil(c / 4), FACTOR: 1 / (h * w) };
    return { kernels: [overVectors("global_avg_pool_grad", spread, node, ["dy"], { constants })] };
  },
});

/** Gradient of the mean over the pixels of images of this shape. */
export function globalAvgPoolGrad(dy: Tensor, shape: Shape): Tensor {
  return apply(globalAvgPoolGradOp, [dy], { shape });
}

function gradKernel(node: Tensor<PoolGradAttrs>, max: boolean): Kernel {
  const constants = sizes(node.attrs, node.shape, node.inputs[0].shape);
  const defines = { MAX: Number(max), AVERAGE: Number(!max) };
  const names = max ? ["dy", "taps"] : ["dy"];
  return overVectors("pool_grad", code, node, names, { constants, defines });
}

function sizes({ kernel, stride, padding }: Moves, [, h, w, c]: Shape, [, oh, ow]: Shape) {
  return { H: h, W: w, OH: oh, OW: ow, GROUPS: Math.ceil(c / 4), K: kernel, STRIDE: stride, PAD: padding };
}

function imagesOf({ attrs, inputs: [x] }: Tensor<Moves>): { attrs: PoolGradAttrs } {
  return { attrs: { ...attrs, shape: x.shape } };
}

/** Calls visit(window, tap, pixel) for every pixel of every window, in order; window and pixel index values. */
function eachPlace(
  { attrs: { kernel, stride, padding, shape } }: { attrs: PoolGradAttrs },
  visit: (window: number, tap: number, pixel: number) => void,
): void {
  const [n, h, w, c] = shape;
  const moves = { kernel, stride, padding };
  const [oh, ow] = [placesOf(h, moves), placesOf(w, moves)];
  for (let window = 0; window < n * oh * ow * c; window++) {
    const place = Math.floor(window / c);
    const [image, row, col] = [Math.floor(place / (oh * ow)), Math.floor(place / ow) % oh, place % ow];
    for (let tap = 0; tap < kernel * kernel; tap++) {
      const i = row * stride - padding + Math.floor(tap / kernel);
      const j = col * stride - padding + tap % kernel;
      if (i < 0 || i >= h || j < 0 || j >= w) continue;
      visit(window, tap, ((image * h + i) * w + j) * c + window % c);
    }
  }
}

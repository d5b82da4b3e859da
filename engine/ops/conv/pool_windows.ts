// The windows that pools have in common: maximum or mean, and their gradients.
import code from "../../../shaders/conv/pool.wgsl" with { type: "text" };
import gradCode from "../../../shaders/conv/pool_grad.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import { defineOp, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { overVectors } from "../lowering/elementwise.ts";
import { checkMoves, type Moves, placesOf } from "./kernels/window.ts";

/** A square window and its moves. */
export interface Window {
  /** Pixels along each side. */
  kernel: number;
  /** Default: the kernel. */
  stride?: number;
  /** Pixels around the image on every side; default 0. */
  padding?: number;
}

/** Side of the largest window, as software adapters end loops after 65,535 rounds. */
const MOST_KERNEL = 255;

/**
 * Declares an op on the windows of images.
 *
 * @param gradient Gradient of the images x.
 */
export function poolOp(
  name: "avg_pool" | "max_pool",
  gradient: (x: Tensor, dy: Tensor, moves: Required<Window>) => Tensor,
): Op<Required<Window>> {
  const max = name === "max_pool";
  return defineOp<Required<Window>>({
    name,
    infer: (inputs, moves) => {
      checkMoves(name, moves);
      const [n, h, w, c] = inputs[0].shape;
      const { kernel, padding } = moves;
      if (kernel > MOST_KERNEL) {
        throw new RangeError(
          `Cannot add ${name} to the graph: it takes a kernel of at most ${MOST_KERNEL} x ${MOST_KERNEL} pixels, ` +
            `current is ${kernel}: the mean of whole images is a globalAvgPool`,
        );
      }
      const takes = `images [N, H, W, C] of at least ${kernel} x ${kernel} pixels, padding counted`;
      if (inputs[0].shape.length !== 4) throw misfit(name, takes, inputs, "they are not images");
      const shape = [n, placesOf(h, moves), placesOf(w, moves), c];
      if (shape[1] < 1 || shape[2] < 1) throw misfit(name, takes, inputs, "the window does not fit");
      if (padding * 2 > kernel) {
        throw misfit(name, `a padding of at most half the kernel, ${kernel / 2}`, inputs, `it is ${padding}`);
      }
      return { shape, dtype: "f32" as const };
    },
    gradient: ({ inputs: [x], attrs }, dy) => [gradient(x, dy, attrs)],
    reference: (node, [x]) => {
      const { kernel, stride, padding } = node.attrs;
      const [, h, w, c] = node.inputs[0].shape;
      const [, oh, ow] = node.shape;
      return Float64Array.from({ length: node.size }, (_, at) => {
        const [image, i, j] = [
          Math.floor(at / (c * ow * oh)),
          Math.floor(at / (c * ow)) % oh,
          Math.floor(at / c) % ow,
        ];
        let [sum, most] = [0, -Infinity];
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const row = i * stride - padding + Math.floor(tap / kernel);
          const col = j * stride - padding + tap % kernel;
          if (row < 0 || row >= h || col < 0 || col >= w) continue;
          const value = x[((image * h + row) * w + col) * c + at % c];
          sum += value;
          most = Math.max(most, value);
        }
        return max ? most : sum / kernel ** 2;
      });
    },
    lower: (node) => {
      const { kernel, stride, padding } = node.attrs;
      const [, h, w, c] = node.inputs[0].shape;
      const constants = {
        H: h,
        W: w,
        OH: node.shape[1],
        GROUPS: Math.ceil(c / 4),
        K: kernel,
        STRIDE: stride,
        PAD: padding,
      };
      const defines = { AVERAGE: Number(!max) };
      const includes = { lanes };
      return { kernels: [overVectors("pool", code, node, ["x"], { constants, defines, includes })] };
    },
  });
}

/** Moves of the windows, and the shape [N, H, W, C] of the images. */
export interface PoolGradAttrs extends Moves {
  shape: Shape;
}

/** The kernel of either gradient. */
export function gradKernel(node: Tensor<PoolGradAttrs>, max: boolean): Kernel {
  const constants = sizes(node.attrs, node.shape, node.inputs[0].shape);
  const defines = { MAX: Number(max), AVERAGE: Number(!max) };
  const names = max ? ["dy", "taps"] : ["dy"];
  return overVectors("pool_grad", gradCode, node, names, { constants, defines });
}

/** Constants of the shaders of windows. */
export function sizes({ kernel, stride, padding }: Moves, [, h, w, c]: Shape, [, oh, ow]: Shape) {
  return { H: h, W: w, OH: oh, OW: ow, GROUPS: Math.ceil(c / 4), K: kernel, STRIDE: stride, PAD: padding };
}

/** The windows of images, as {@link eachPlace} goes through them. */
export function imagesOf({ attrs, inputs: [x] }: Tensor<Moves>): { attrs: PoolGradAttrs } {
  return { attrs: { ...attrs, shape: x.shape } };
}

/** Calls visit(window, tap, pixel) for every pixel of every window, in order; window and pixel index values. */
export function eachPlace(
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

import code from "../../../shaders/conv/pool.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import globalCode from "../../../shaders/conv/global_avg_pool.wgsl" with { type: "text" };
import {
  apply,
  defineOp,
  type Kernel,
  misfit,
  type Op,
  type Operand,
  type Tensor,
} from "../../graph/node.ts";
import { grid2d, overVectors } from "../lowering/elementwise.ts";
import { avgPoolGrad, globalAvgPoolGrad, maxPoolGrad } from "./pool_grad.ts";
import { checkMoves, placesOf } from "./window.ts";

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

function poolOp(name: "avg_pool" | "max_pool"): Op<Required<Window>> {
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
    gradient: ({ inputs: [x], attrs }, dy) => [
      max ? maxPoolGrad(x, dy, attrs) : avgPoolGrad(dy, attrs, x.shape),
    ],
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
      const defines = { MAX: Number(max), AVERAGE: Number(!max) };
      const includes = { lanes };
      return { kernels: [overVectors("pool", code, node, ["x"], { constants, defines, includes })] };
    },
  });
}

/** Mean of each window, the zeros of the padding included. */
const avgPoolOp: Op<Required<Window>> = poolOp("avg_pool");

/** Largest value of each window. */
const maxPoolOp: Op<Required<Window>> = poolOp("max_pool");

/** Most pixels to average in one loop, as software adapters end loops after 65,535 rounds. Larger images go by rows. */
const MOST_PIXELS = 16384;

/** Mean over the pixels of an image. */
const globalAvgPoolOp: Op<null> = defineOp<null>({
  name: "global_avg_pool",
  infer: (inputs) => {
    const [n, , , c] = inputs[0].shape;
    if (inputs[0].shape.length !== 4) {
      throw misfit("global_avg_pool", "images [N, H, W, C]", inputs, "not images");
    }
    return { shape: [n, c], dtype: "f32" as const };
  },
  gradient: ({ inputs: [x] }, dy) => [globalAvgPoolGrad(dy, x.shape)],
  reference: (node, [x]) => {
    const [, h, w, c] = node.inputs[0].shape;
    const y = new Float64Array(node.size);
    x.forEach((value, i) => y[Math.floor(i / (h * w * c)) * c + i % c] += value / (h * w));
    return y;
  },
  lower: (node) => {
    const [n, h, w, c] = node.inputs[0].shape;
    const groups = Math.ceil(c / 4);
    const x = { x: { input: 0 } };
    const y = { y: { output: true as const } };
    if (h * w <= MOST_PIXELS) return { kernels: [globalStage(x, y, n, h, w, groups)] };
    const rows = { rows: { scratch: 0 } };
    return {
      kernels: [globalStage(x, rows, n * h, 1, w, groups), globalStage(rows, y, n, h, 1, groups)],
      scratch: [n * h * groups * 16],
    };
  },
});

type Bindings = Readonly<Record<string, Operand>>;

function globalStage(
  from: Bindings,
  to: Bindings,
  images: number,
  h: number,
  w: number,
  groups: number,
): Kernel {
  const { constants, workgroups } = grid2d(images, groups, { H: h, W: w, GROUPS: groups });
  const is = (name: string, bindings: Bindings) => Number(name in bindings);
  return {
    label: "global_avg_pool",
    code: globalCode,
    bind: { ...from, ...to },
    includes: { grid },
    defines: {
      FROM_X: is("x", from),
      FROM_ROWS: is("rows", from),
      TO_Y: is("y", to),
      TO_ROWS: is("rows", to),
    },
    constants,
    workgroups,
  };
}

/** Windowed mean of images [N, H, W, C]. @throws {ShapeError} when the window does not fit. Source: torch.nn.functional.avg_pool2d. */
export function avgPool(x: Tensor, { kernel, stride = kernel, padding = 0 }: Window): Tensor {
  return apply(avgPoolOp, [x], { kernel, stride, padding });
}

/** Windowed maximum of images [N, H, W, C]. @throws {ShapeError} when the window does not fit. Source: torch.nn.functional.max_pool2d. */
export function maxPool(x: Tensor, { kernel, stride = kernel, padding = 0 }: Window): Tensor {
  return apply(maxPoolOp, [x], { kernel, stride, padding });
}

/**
 * Mean over the pixels, [N, H, W, C] to [N, C]. @throws {ShapeError} on other than images.
 * Source: torch.nn.functional.adaptive_avg_pool2d to 1 x 1.
 */
export function globalAvgPool(x: Tensor): Tensor {
  return apply(globalAvgPoolOp, [x], null);
}

import code from "../../../shaders/conv/global_avg_pool.wgsl" with { type: "text" };
import gradCode from "../../../shaders/conv/global_avg_pool_grad.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import {
  apply,
  defineOp,
  type Kernel,
  misfit,
  type Op,
  type Operand,
  type Tensor,
} from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { grid2d, overVectors } from "../lowering/elementwise.ts";

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
  const size = grid2d(images, groups, { H: h, W: w, GROUPS: groups });
  const is = (name: string, bindings: Bindings) => Number(name in bindings);
  return {
    label: "global_avg_pool",
    code,
    bind: { ...from, ...to },
    includes: { grid },
    defines: {
      FROM_X: is("x", from),
      TO_Y: is("y", to),
    },
    ...size,
  };
}

/**
 * Mean over the pixels, [N, H, W, C] to [N, C]. @throws {ShapeError} on other than images.
 * Source: torch.nn.functional.adaptive_avg_pool2d to 1 x 1.
 */
export function globalAvgPool(x: Tensor): Tensor {
  return apply(globalAvgPoolOp, [x], null);
}

/** `dx[n, i, j, c] = dy[n, c] / (H W)`. */
const globalAvgPoolGradOp: Op<{ shape: Shape }> = defineOp<{ shape: Shape }>({
  name: "global_avg_pool_grad",
  maskable: true,
  infer: (_, { shape }) => ({ shape, dtype: "f32" as const }),
  gradient: (_, ddx) => [globalAvgPool(ddx)],
  reference: ({ shape: [, h, w, c], size }, [dy]) =>
    Float64Array.from({ length: size }, (_, at) => dy[Math.floor(at / (h * w * c)) * c + at % c] / (h * w)),
  lower: (node) => {
    const [, h, w, c] = node.shape;
    const constants = { H: h, GROUPS: Math.ceil(c / 4), FACTOR: 1 / (h * w) };
    return { kernels: [overVectors("global_avg_pool_grad", gradCode, node, ["dy"], { constants })] };
  },
});

/** Gradient of the mean over the pixels of images of this shape. */
function globalAvgPoolGrad(dy: Tensor, shape: Shape): Tensor {
  return apply(globalAvgPoolGradOp, [dy], { shape });
}

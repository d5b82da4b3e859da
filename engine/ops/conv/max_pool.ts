import tapCode from "../../../shaders/conv/max_pool_tap.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { overVectors } from "../lowering/elementwise.ts";
import {
  eachPlace,
  gradKernel,
  imagesOf,
  type PoolGradAttrs,
  poolOp,
  sizes,
  type Window,
} from "./pool_windows.ts";
import { type Moves, placesOf } from "./kernels/window.ts";

/** Largest value of each window. */
const maxPoolOp: Op<Required<Window>> = poolOp("max_pool", maxPoolGrad);

/** Windowed maximum of images [N, H, W, C]. @throws {ShapeError} when the window does not fit. Source: torch.nn.functional.max_pool2d. */
export function maxPool(x: Tensor, { kernel, stride = kernel, padding = 0 }: Window): Tensor {
  return apply(maxPoolOp, [x], { kernel, stride, padding });
}

/** Place of each window's first maximum or last NaN, `ky kernel + kx`. It is a whole number and has no gradient. */
const maxPoolTapOp: Op<Moves> = defineOp<Moves>({
  name: "max_pool_tap",
  autocast: "f32",
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
function maxPoolGrad(x: Tensor, dy: Tensor, { kernel, stride, padding }: Moves): Tensor {
  const moves = { kernel, stride, padding };
  return apply(maxPoolGradOp, [dy, apply(maxPoolTapOp, [x], moves)], { ...moves, shape: x.shape });
}

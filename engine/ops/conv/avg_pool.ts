import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { eachPlace, gradKernel, type PoolGradAttrs, poolOp, type Window } from "./pool_windows.ts";
import type { Moves } from "./kernels/window.ts";

/** Mean of each window, the zeros of the padding included. */
const avgPoolOp: Op<Required<Window>> = poolOp("avg_pool", (x, dy, moves) => avgPoolGrad(dy, moves, x.shape));

/** Windowed mean of images [N, H, W, C]. @throws {ShapeError} when the window does not fit. Source: torch.nn.functional.avg_pool2d. */
export function avgPool(x: Tensor, { kernel, stride = kernel, padding = 0 }: Window): Tensor {
  return apply(avgPoolOp, [x], { kernel, stride, padding });
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
function avgPoolGrad(dy: Tensor, moves: Moves, shape: Shape): Tensor {
  return apply(avgPoolGradOp, [dy], { ...moves, shape });
}

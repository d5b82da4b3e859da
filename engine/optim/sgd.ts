import grid from "../../shaders/grid.wgsl" with { type: "text" };
import code from "../../shaders/sgd.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import { apply, defineOp, misfit, type Op } from "../op.ts";
import { grid2d } from "../ops/elementwise.ts";
import { pack } from "../ops/pack.ts";
import type { Parameters } from "../runtime/parameters.ts";
import { sameShape, type Tensor } from "../tensor.ts";

interface SgdAttrs {
  momentum: number;
  weightDecay: number;
  nesterov: boolean;
}

/** Inputs parameter, momentum, gradient, all flat, lr and perhaps guard; the node's value is the new parameter. */
export const sgdOp: Op<SgdAttrs> = defineOp({
  name: "sgd",
  infer: (inputs) => {
    const [parameter, momentum, gradient, lr, guard] = inputs;
    const fits = sameShape(momentum.shape, parameter.shape) && sameShape(gradient.shape, parameter.shape) &&
      lr.shape.length === 0 && (!guard || sameShape(guard.shape, [8]));
    if (!fits) {
      const takes = "parameters, momenta and gradients of one flat shape, lr [] and perhaps statistics [8]";
      throw misfit("sgd", takes, inputs, "the momenta belong to other parameters");
    }
    return { shape: parameter.shape, dtype: "f32" as const };
  },
  reference: ({ attrs: { momentum, weightDecay, nesterov } }, [p, buffer, g, [lr], guard]) => {
    if (guard?.[3]) return p;
    return p.map((value, i) => {
      const d = g[i] + weightDecay * value;
      const next = momentum * buffer[i] + d;
      return value - lr * (nesterov ? d + momentum * next : next);
    });
  },
  writes: [0, 1],
  lower: ({ attrs: { momentum, weightDecay, nesterov }, inputs: [parameter, , , , guard] }) => ({
    kernels: [{
      label: "sgd",
      code,
      bind: {
        parameter: { input: 0 },
        momentum: { input: 1 },
        gradient: { input: 2 },
        lr: { input: 3 },
        ...(guard && { guard: { input: 4 } }),
      },
      defines: { GUARD: guard ? 1 : 0, NESTEROV: nesterov ? 1 : 0, PLAIN: nesterov ? 0 : 1 },
      includes: { grid },
      ...grid2d(1, parameter.size / 4, { MOMENTUM: momentum, WEIGHT_DECAY: weightDecay }),
    }],
  }),
});

/** A step of {@link sgd}. */
export interface SgdOptions {
  /** What to train. */
  parameters: Parameters;
  /** A store of the same shapes, zero at first: what the steps before left. */
  momenta: Parameters;
  /** Gradient of each of the parameters, in the store's order. */
  gradients: readonly Tensor[];
  /** Learning rate, a scalar `[]`: an input, so that a schedule can change it. */
  lr: Tensor;
  /** Default 0. */
  momentum?: number;
  /** Added to the gradient as `weightDecay * parameter`, biases included. Default 0. */
  weightDecay?: number;
  /** Default false. */
  nesterov?: boolean;
  /** Statistics of {@link track}: once they hold a step without a finite loss, nothing is updated any more. */
  guard?: Tensor;
}

/**
 * Effect of one step of stochastic gradient descent, a plan's update: `m = momentum m + g + weightDecay p`, then
 * `p -= lr m`, or with Nesterov `p -= lr (g + weightDecay p + momentum m)`. One dispatch for all parameters.
 *
 * @throws {ShapeError} when gradients or momenta do not fit the parameters. @throws {RangeError} when Nesterov is
 * asked for without momentum. Source: torch.optim.SGD, dampening 0.
 */
export function sgd(options: SgdOptions): Tensor {
  const { parameters, momenta, gradients, lr, guard } = options;
  const { momentum = 0, weightDecay = 0, nesterov = false } = options;
  if (nesterov && momentum <= 0) {
    throw new RangeError(
      `Cannot add sgd to the graph: Nesterov takes a momentum above 0, current is ${momentum}: set momentum`,
    );
  }
  const { tensors } = parameters;
  const strange = tensors.find((tensor, i) => !gradients[i] || !sameShape(gradients[i].shape, tensor.shape));
  if (strange || gradients.length !== tensors.length) {
    const takes = strange ? `one like ${nameOf(strange)} in its place` : `${tensors.length} of them`;
    const given = gradients.map(({ shape }) => `[${shape.join(", ")}]`).join(", ");
    throw new ShapeError(
      `Cannot add sgd to the graph: it takes gradients, ${takes}, current are ${given}: ` +
        "they are in another order than the tensors of the store",
    );
  }
  const inputs = [parameters.flat, momenta.flat, pack(gradients), lr, ...(guard ? [guard] : [])];
  return apply(sgdOp, inputs, { momentum, weightDecay, nesterov });
}

function nameOf(tensor: Tensor): string {
  return `${(tensor.attrs as { name: string }).name} [${tensor.shape.join(", ")}]`;
}

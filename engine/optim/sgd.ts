import code from "../../shaders/sgd.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import type { Parameters } from "../runtime/parameters.ts";
import { sameShape, type Tensor } from "../tensor.ts";
import {
  type UpdateAttrs,
  updateFits,
  updateInputs,
  updateKernel,
  type UpdateOptions,
  updateReference,
} from "./update.ts";

interface SgdAttrs extends UpdateAttrs {
  momentum: number;
  nesterov: boolean;
}

/** Inputs parameter and momentum, flat, then the inputs of every optimiser. The node's value is the new parameter. */
const sgdOp: Op<SgdAttrs> = defineOp<SgdAttrs>({
  name: "sgd",
  infer: (inputs, attrs) => {
    const [parameter, momentum] = inputs;
    if (!sameShape(momentum.shape, parameter.shape) || !updateFits(inputs, 2, attrs)) {
      const takes =
        "parameters, momenta and gradients of one flat shape, lr [] and perhaps statistics [8] and unscaled [2]";
      throw misfit("sgd", takes, inputs, "the momenta belong to other parameters");
    }
    return { shape: parameter.shape, dtype: "f32" as const };
  },
  reference: ({ attrs }, [p, buffer, ...rest]) => {
    const { momentum, nesterov } = attrs;
    const of = updateReference(attrs, rest);
    if (!of) return p;
    return p.map((value, i) => {
      const { rate, decay, g } = of(i);
      const d = g + decay * value;
      const next = momentum * buffer[i] + d;
      return value - rate * (nesterov ? d + momentum * next : next);
    });
  },
  writes: [0, 1],
  lower: ({ attrs, size }) => {
    const { momentum, nesterov } = attrs;
    const { bind, defines, constants, ...kernel } = updateKernel(attrs, 2, size);
    return {
      kernels: [{
        label: "sgd",
        code,
        bind: { parameter: { input: 0 }, momentum: { input: 1 }, ...bind },
        defines: { ...defines, NESTEROV: Number(nesterov), PLAIN: Number(!nesterov) },
        constants: { ...constants, MOMENTUM: momentum },
        ...kernel,
      }],
    };
  },
});

/** A step of {@link sgd}. Weight decay is added to the gradient, as `weightDecay * parameter`. */
export interface SgdOptions extends UpdateOptions {
  /** Momenta that the last step left: a store of the same shapes, zero at first. */
  momenta: Parameters;
  /** Default 0. */
  momentum?: number;
  /** Default false. */
  nesterov?: boolean;
}

/**
 * Effect of one step of stochastic gradient descent, a plan's update: `m = momentum m + g + weightDecay p`, then
 * `p -= lr m`, or with Nesterov `p -= lr (g + weightDecay p + momentum m)`. One dispatch for all parameters.
 *
 * @throws {ShapeError} when gradients or momenta do not fit the parameters. @throws {RangeError} when Nesterov is
 * asked for without momentum, or groups overlap. Source: torch.optim.SGD, dampening 0.
 */
export function sgd(options: SgdOptions): Tensor {
  const { parameters, momenta, momentum = 0, nesterov = false } = options;
  if (nesterov && momentum <= 0) {
    throw new RangeError(
      `Cannot add sgd to the graph: Nesterov takes a momentum above 0, current is ${momentum}: set momentum`,
    );
  }
  const { inputs, attrs } = updateInputs("sgd", options);
  return apply(sgdOp, [parameters.flat, momenta.flat, ...inputs], { ...attrs, momentum, nesterov });
}

import code from "../../shaders/optim/sgd.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../graph/node.ts";
import type { Parameters } from "../device/parameters.ts";
import { sameShape } from "../kernel/shape.ts";
import { type Optimizer, optimizerOf, type OptimizerOptions } from "./optimizer.ts";
import { overPieces } from "../ops/lowering/pieces.ts";
import {
  alongUpdate,
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
        "parameters, momenta and gradients of one flat shape, lr [] and perhaps metrics [8] and unscaled [2]";
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
  lower: ({ attrs, size }, { binding }) => {
    const { momentum, nesterov } = attrs;
    const { bind, defines, constants, includes } = updateKernel(attrs, 2);
    const kernel = {
      label: "sgd",
      code,
      bind: { parameter: { input: 0 }, momentum: { input: 1 }, ...bind },
      defines: { ...defines, NESTEROV: Number(nesterov) },
      includes,
      constants: { ...constants, MOMENTUM: momentum },
    };
    const along = { parameter: 16, momentum: 16, ...alongUpdate(attrs) };
    return { kernels: overPieces(kernel, size / 4, along, binding) };
  },
});

/** Settings of {@link sgd}. Weight decay is added to the gradient, as `weightDecay * parameter`. */
export interface SgdOptions extends OptimizerOptions {
  /** Default 0. */
  momentum?: number | undefined;
  /** Default false. */
  nesterov?: boolean | undefined;
}

/** A step of {@link sgdUpdate}. */
export interface SgdUpdateOptions extends UpdateOptions, SgdOptions {
  /** A store of the same shapes, zero at first: what the steps before left. */
  momenta: Parameters;
}

/**
 * Stochastic gradient descent: `m = momentum m + g + weightDecay p`, then `p -= lr m`, or with Nesterov
 * `p -= lr (g + weightDecay p + momentum m)`. A step is one dispatch for all parameters.
 *
 * @throws {RangeError} when Nesterov is asked for without momentum. @throws {MemoryError} when the budget does not hold
 * the momenta. Source: torch.optim.SGD, dampening 0.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { sgd } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using optimizer = sgd(parameters, { momentum: 0.5 });
 * using step = jit((lr: Tensor) => {
 *   const loss = ops.sum(ops.square(x));
 *   return { loss, updates: [optimizer.step(grad(loss, [x]), lr)] };
 * });
 * for (let i = 0; i < 20; i++) await step(0.1);
 * console.log([...(await parameters.read()).values()]); // almost [[0]]
 * ```
 */
export function sgd(parameters: Parameters, options: SgdOptions = {}): Optimizer {
  const { momentum, nesterov } = options;
  checkNesterov(options);
  const momenta = parameters.like("momentum");
  return optimizerOf(
    parameters,
    options,
    momenta,
    (step) => sgdUpdate({ ...step, momenta, momentum, nesterov }),
  );
}

function checkNesterov({ nesterov = false, momentum = 0 }: SgdOptions): void {
  if (!nesterov || momentum > 0) return;
  throw new RangeError(
    `Cannot add sgd to the graph: Nesterov takes a momentum above 0, current is ${momentum}: set momentum`,
  );
}

/**
 * Effect of one step of {@link sgd} over momenta that the caller keeps, a plan's update.
 *
 * @throws {ShapeError} when gradients or momenta do not fit the parameters. @throws {RangeError} when Nesterov is
 * asked for without momentum, or groups overlap.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { sgdUpdate } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using momenta = parameters.like("momentum");
 * const gradients = grad(ops.sum(ops.square(x)), [x]);
 * using step = jit((lr: Tensor) => ({ updates: [sgdUpdate({ parameters, momenta, gradients, lr })] }));
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.2]]
 * ```
 */
export function sgdUpdate(options: SgdUpdateOptions): Tensor {
  const { parameters, momenta, momentum = 0, nesterov = false } = options;
  checkNesterov(options);
  const { inputs, attrs } = updateInputs("sgd", options);
  return apply(sgdOp, [parameters.flat, momenta.flat, ...inputs], { ...attrs, momentum, nesterov });
}

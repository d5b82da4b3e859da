import code from "../../shaders/optim/adamw.wgsl" with { type: "text" };
import countCode from "../../shaders/optim/adamw_count.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Tensor } from "../graph/node.ts";
import { nameOf, parameter } from "../graph/source.ts";
import type { Device } from "../device/device.ts";
import { Parameters } from "../device/parameters.ts";
import { type Optimizer, optimizerOf, type OptimizerOptions } from "./optimizer.ts";
import { overPieces, partOf } from "../ops/lowering/pieces.ts";
import {
  alongUpdate,
  type UpdateAttrs,
  updateFits,
  updateInputs,
  updateKernel,
  type UpdateOptions,
  updateReference,
} from "./update.ts";

interface AdamwAttrs extends UpdateAttrs {
  betas: readonly [number, number];
  eps: number;
}

/** Words of the state after the moments. They hold the bias corrections, padded so that views stay aligned. */
const CORRECTIONS = 64;

/** Inputs parameter and state, flat, then the inputs of every optimiser. The node's value is the new parameter. */
const adamwOp: Op<AdamwAttrs> = defineOp<AdamwAttrs>({
  name: "adamw",
  infer: (inputs, attrs) => {
    const [parameter, state] = inputs;
    if (state.size !== 2 * parameter.size + CORRECTIONS || !updateFits(inputs, 2, attrs)) {
      const takes =
        "parameters and gradients of one flat shape, their state, lr [] and perhaps metrics [8] and unscaled [2]";
      throw misfit("adamw", takes, inputs, "the state belongs to other parameters");
    }
    return { shape: parameter.shape, dtype: "f32" as const };
  },
  reference: ({ attrs }, [p, state, ...rest]) => {
    const { betas: [beta1, beta2], eps } = attrs;
    const of = updateReference(attrs, rest);
    if (!of) return p;
    const n = p.length;
    const c1 = beta1 * state[2 * n] + 1 - beta1;
    const c2 = beta2 * state[2 * n + 1] + 1 - beta2;
    return p.map((value, i) => {
      const { rate, decay, g } = of(i);
      const m = beta1 * state[i] + (1 - beta1) * g;
      const v = beta2 * state[n + i] + (1 - beta2) * g * g;
      return (1 - rate * decay) * value - rate * m / c1 / (Math.sqrt(v / c2) + eps);
    });
  },
  writes: [0, 1],
  lower: ({ attrs, size }, { binding }) => {
    const { betas: [beta1, beta2], eps, guarded, scaled } = attrs;
    const { bind, constants, defines, includes } = updateKernel(attrs, 2);
    const betas = { BETA1: beta1, BETA2: beta2 };
    const state = { input: 1 };
    const corrections = partOf(state, 8 * size, CORRECTIONS * 4);
    const step = {
      label: "adamw",
      code,
      bind: {
        parameter: { input: 0 },
        mean: partOf(state, 0, 4 * size),
        square: partOf(state, 4 * size, 4 * size),
        corrections,
        ...bind,
      },
      defines,
      includes,
      constants: { ...constants, ...betas, EPS: eps },
    };
    const along = { parameter: 16, mean: 16, square: 16, ...alongUpdate(attrs) };
    const count: Kernel = {
      label: "adamw_count",
      code: countCode,
      bind: {
        corrections,
        ...guarded && { guard: bind.guard },
        ...scaled && { unscaled: bind.unscaled },
      },
      defines: { GUARDED: Number(guarded), SCALED: Number(scaled) },
      constants: betas,
      workgroups: [1, 1, 1],
    };
    return { kernels: [...overPieces(step, size / 4, along, binding), count] };
  },
});

/** Settings of {@link adamw}. Weight decay is decoupled: parameters shrink by `lr * weightDecay`; default 0, not torch's. */
export interface AdamwOptions extends OptimizerOptions {
  /** Shares of the old in the means of gradients and of their squares. Default .9 and .999. */
  betas?: readonly [number, number] | undefined;
  /** Added to the root of the mean of squares. Default 1e-8. */
  eps?: number | undefined;
}

/** A step of {@link adamwUpdate}. */
export interface AdamwUpdateOptions extends UpdateOptions, AdamwOptions {
  /** The state that the steps before left, made by {@link adamwState}. */
  state: Parameters;
}

/**
 * AdamW: means of gradients and of their squares, corrected for their start at 0, and a weight decay of its own. A step
 * is one dispatch for all parameters, and one that counts it.
 *
 * @throws {MemoryError} when the budget does not hold the state. Source: Loshchilov and Hutter, "Decoupled Weight Decay
 * Regularization", 2019; torch.optim.AdamW.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { adamw } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using optimizer = adamw(parameters, { weightDecay: 0.01 });
 * const gradients = grad(ops.sum(ops.square(x)), [x]);
 * using step = jit((lr: Tensor) => ({ updates: [optimizer.step(gradients, lr)] }));
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.896]]
 * ```
 */
export function adamw(parameters: Parameters, options: AdamwOptions = {}): Optimizer {
  const { betas, eps } = options;
  const state = adamwState(parameters.device, parameters);
  return optimizerOf(parameters, options, state, (step) => adamwUpdate({ ...step, state, betas, eps }));
}

/**
 * The state of {@link adamw} for the tensors of a store, all zero: means of gradients, means of squares, and the bias
 * corrections [2], which count the steps.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { adamwState, adamwUpdate } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using state = adamwState(device, parameters);
 * const gradients = grad(ops.sum(ops.square(x)), [x]);
 * using step = jit((lr: Tensor) => ({ updates: [adamwUpdate({ parameters, state, gradients, lr })] }));
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.9]]
 * ```
 */
export function adamwState(device: Device, parameters: Parameters): Parameters {
  const moments = ["mean gradient", "mean squared gradient"].flatMap((what) =>
    parameters.tensors.map((t) => parameter(`${what} of ${nameOf(t)}`, t.shape))
  );
  return new Parameters(device, [...moments, parameter("bias corrections", [2])], "state of adamw");
}

/**
 * Effect of one step of {@link adamw} over a state that the caller keeps, a plan's update.
 *
 * @throws {ShapeError} when gradients or state do not fit the parameters. @throws {RangeError} when groups overlap.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { adamwState, adamwUpdate } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using state = adamwState(device, parameters);
 * const gradients = grad(ops.sum(ops.square(x)), [x]);
 * using step = jit((lr: Tensor) => ({ updates: [adamwUpdate({ parameters, state, gradients, lr })] }));
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.9]]
 * ```
 */
export function adamwUpdate(options: AdamwUpdateOptions): Tensor {
  const { parameters, state, betas = [0.9, 0.999], eps = 1e-8 } = options;
  const { inputs, attrs } = updateInputs("adamw", options);
  return apply(adamwOp, [parameters.flat, state.flat, ...inputs], { ...attrs, betas, eps });
}

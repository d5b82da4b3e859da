// loss_scale - keeps small gradients from vanishing where they are stored in f16, which ends at 6e-8.
//
//   the loss is multiplied by a scale, a power of 2, and so is every gradient on the way back;
//   the optimiser divides by it again, in f32; a step with a gradient that is NaN or infinite is skipped;
//   the scale is halved then, and doubled after so many steps without.
//
// All of it happens on the device, with no read-back. Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018;
// torch.cuda.amp.GradScaler; NVIDIA Apex for the largest scale.
import rescaleCode from "../../shaders/optim/rescale.wgsl" with { type: "text" };
import unscaleCode from "../../shaders/optim/unscale.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../graph/node.ts";
import { mul } from "../ops/arithmetic/mul.ts";
import { parameter } from "../graph/source.ts";
import type { Device } from "../device/device.ts";
import { flatLayout } from "../graph/parameter_layout.ts";
import { Parameters } from "../device/parameters.ts";
import { globalNorm } from "./global_norm.ts";
import { flatGradient } from "./update.ts";

/** Least scale of a loss, 2^-24; down to it a scale and its inverse are exact. */
export const LEAST_SCALE: number = 2 ** -24;

/** Limits between which a scale and its inverse are exact. */
const [LEAST, MOST] = [LEAST_SCALE, 2 ** 24];

/** `y = [1 / scale, norm / scale]`, zeros where the norm is not finite. */
const unscaleOp: Op<null> = defineOp<null>({
  name: "unscale",
  infer: (inputs) => {
    if (inputs.length !== 2 || inputs.some(({ size }) => size !== 1)) {
      throw misfit("unscale", "a norm [] and a scale []", inputs, "the state is another store");
    }
    return { shape: [2], dtype: "f32" as const };
  },
  reference: (_, [[norm], [scale]]) =>
    Number.isFinite(norm) ? Float64Array.of(1 / scale, norm / scale) : new Float64Array(2),
  wants: ["buffer", "buffer"],
  lower: () => ({
    kernels: [{
      label: "unscale",
      code: unscaleCode,
      bind: { norm: { input: 0 }, scale: { input: 1 }, y: { output: true } },
      constants: {},
      workgroups: [1, 1, 1],
    }],
  }),
});

/** Moves the state of a scale on, in place. */
const rescaleOp: Op<{ interval: number; good: number }> = defineOp<{ interval: number; good: number }>({
  name: "rescale",
  infer: (inputs) => {
    if (inputs[1].size !== 2) {
      throw misfit("rescale", "a state and factors [2]", inputs, "they are not what unscale gave");
    }
    return { shape: inputs[0].shape, dtype: "f32" as const };
  },
  reference: ({ attrs: { interval, good } }, [state, [factor]]) => {
    const next = state.slice();
    const count = factor === 0 ? 0 : state[good] + 1;
    next[good] = count >= interval ? 0 : count;
    if (factor === 0) next[0] = Math.max(LEAST, state[0] / 2);
    else if (count >= interval) next[0] = Math.min(MOST, state[0] * 2);
    return next;
  },
  writes: [0],
  lower: ({ attrs: { interval, good } }) => ({
    kernels: [{
      label: "rescale",
      code: rescaleCode,
      bind: { state: { input: 0 }, unscaled: { input: 1 } },
      constants: { INTERVAL: interval, LEAST, MOST, GOOD: good },
      workgroups: [1, 1, 1],
    }],
  }),
});

/** The loss scale that a run begins with. */
export const START_SCALE: number = 2 ** 16;

/**
 * True if every one of the steps was skipped because its gradients were not finite.
 *
 * @param before The scale before them. @param after The scale and the good steps after them. @param steps Number
 * of steps.
 *
 * @example
 * ```ts
 * import { allSkipped } from "everyclass/optim";
 * console.log(allSkipped(1024, { scale: 256, good: 0 }, 2)); // true: halved at each of two steps
 * ```
 */
export function allSkipped(
  before: number,
  after: { scale: number; good: number },
  steps: number,
): boolean {
  return steps > 0 && after.good === 0 && after.scale === Math.max(LEAST, before / 2 ** steps);
}

/**
 * The state of a loss scale: the scale [], 65,536 at first, and the number of good steps since it changed [].
 *
 * @param start Another scale to begin with. @throws {RangeError} when it is no power of 2 from 2^-24 to 2^24.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { lossScale, scaleLoss, sgd, unscale } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using optimizer = sgd(parameters);
 * using scale = lossScale(device, 1024);
 * using step = jit((lr: Tensor) => {
 *   const loss = ops.sum(ops.square(x));
 *   const { gradients, rescale, ...scaled } = unscale(scale, parameters, grad(scaleLoss(loss, scale), [x]));
 *   return { loss, updates: [optimizer.step(gradients, lr, scaled), rescale] };
 * });
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.2]]
 * ```
 */
export function lossScale(device: Device, start: number = START_SCALE): Parameters {
  if (!(start >= LEAST && start <= MOST && Number.isInteger(Math.log2(start)))) {
    throw new RangeError(
      `Cannot scale a loss: it takes a power of 2 from 2^-24 to 2^24, so that it is undone to the bit, current is ${start}`,
    );
  }
  const state = new Parameters(
    device,
    [parameter("loss scale", []), parameter("good steps", [])],
    "loss scale",
  );
  state.write(state.tensors[0], Float32Array.of(start));
  return state;
}

/**
 * A loss, or any scalar, times the scale: what gradients are taken of. @param state Made by {@link lossScale}.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { lossScale, scaleLoss, sgd, unscale } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using optimizer = sgd(parameters);
 * using scale = lossScale(device, 1024);
 * using step = jit((lr: Tensor) => {
 *   const loss = ops.sum(ops.square(x));
 *   const { gradients, rescale, ...scaled } = unscale(scale, parameters, grad(scaleLoss(loss, scale), [x]));
 *   return { loss, updates: [optimizer.step(gradients, lr, scaled), rescale] };
 * });
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.2]]
 * ```
 */
export function scaleLoss(loss: Tensor, state: Parameters): Tensor {
  return mul(loss, state.tensors[0]);
}

/** Gradients of a scaled loss, as {@link unscale} hands them to an optimiser. */
export interface ScaledGradients {
  /** Gradients of all parameters in one tensor, still scaled. */
  gradients: Tensor;
  /** [2]: the factor that undoes the scale, 0 where a gradient is NaN or infinite, and the norm of the product. */
  unscaled: Tensor;
  /** Effect that moves the scale on. Its place among the updates does not matter. */
  rescale: Tensor;
}

/**
 * Checks the gradients of a scaled loss for an optimiser's step, which is skipped where a gradient is not finite.
 *
 * @param state Made by {@link lossScale}. @param parameters The store to train.
 * @param gradients Gradients of {@link scaleLoss}, as the optimiser would take them.
 * @param options.interval Good steps until the scale is doubled; default 2,000.
 * @throws {ShapeError} when the gradients do not fit the parameters.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { lossScale, scaleLoss, sgd, unscale } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using optimizer = sgd(parameters);
 * using scale = lossScale(device, 1024);
 * using step = jit((lr: Tensor) => {
 *   const loss = ops.sum(ops.square(x));
 *   const { gradients, rescale, ...scaled } = unscale(scale, parameters, grad(scaleLoss(loss, scale), [x]));
 *   return { loss, updates: [optimizer.step(gradients, lr, scaled), rescale] };
 * });
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.2]]
 * ```
 */
export function unscale(
  state: Parameters,
  parameters: Parameters,
  gradients: readonly Tensor[] | Tensor,
  { interval = 2000 }: { interval?: number | undefined } = {},
): ScaledGradients {
  const flat = flatGradient("unscale", parameters, gradients);
  const unscaled = apply(unscaleOp, [globalNorm(flat), state.tensors[0]], null);
  const [, good] = flatLayout(state.tensors).offsets;
  return { gradients: flat, unscaled, rescale: apply(rescaleOp, [state.flat, unscaled], { interval, good }) };
}

import code from "../../shaders/optim/accumulate.wgsl" with { type: "text" };
import grid from "../../shaders/lowering/grid.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../graph/node.ts";
import { overPieces } from "../ops/lowering/pieces.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import { sameShape } from "../kernel/shape.ts";
import { flatGradient } from "./update.ts";

/** In place: `total = keep total + share gradient`, both flat. */
const accumulateOp: Op<{ share: number }> = defineOp<{ share: number }>({
  name: "accumulate",
  infer: (inputs) => {
    const [total, gradient, keep] = inputs;
    if (!sameShape(gradient.shape, total.shape) || keep.shape.length !== 0) {
      throw misfit(
        "accumulate",
        "a total and gradients of one flat shape, and keep []",
        inputs,
        "the stores differ",
      );
    }
    return { shape: total.shape, dtype: "f32" as const };
  },
  reference: ({ attrs: { share } }, [total, gradient, [keep]]) =>
    total.map((value, i) => (keep === 0 ? 0 : keep * value) + share * gradient[i]),
  writes: [0],
  lower: ({ attrs: { share }, size }, { binding }) => {
    const kernel = {
      label: "accumulate",
      code,
      bind: { total: { input: 0 }, gradient: { input: 1 }, keep: { input: 2 } },
      includes: { grid },
      constants: { SHARE: share },
    };
    return { kernels: overPieces(kernel, size / 4, { total: 16, gradient: 16 }, binding) };
  },
});

/** Options of {@link accumulate}. */
export interface AccumulateOptions {
  /**
   * A store of the parameters' shapes, whose `flat` is what an optimiser then takes as gradients; or some neighbours in
   * it and their span.
   */
  total: Pick<ParameterLayout, "tensors" | "flat">;
  /** Gradient of each of the parameters, in the store's order. */
  gradients: readonly Tensor[];
  /** A scalar `[]`, an input: 0 for the first micro-batch of a step, so that the last step is forgotten; then 1. */
  keep: Tensor;
  /** Factor of these gradients, such as the micro-batch's share of the batch; default 1. */
  share?: number | undefined;
}

/**
 * Effect that adds up the gradients of micro-batches, for batches too large for the device. It is an update of the plan
 * that runs each micro-batch; another plan then takes the optimiser's step.
 *
 * @throws {ShapeError} when the gradients do not fit the store.
 *
 * @example
 * ```ts
 * import { Device, grad, jit, ops, parameter, Parameters, type Tensor } from "everyclass";
 * import { accumulate, sgd } from "everyclass/optim";
 * using device = await Device.open();
 * const x = parameter("x", [1]);
 * using parameters = new Parameters(device, [x], "x");
 * parameters.write(x, Float32Array.of(4));
 * using optimizer = sgd(parameters);
 * using total = parameters.like("gradient");
 * using add = jit((factor: Tensor, keep: Tensor) => {
 *   const gradients = grad(ops.sum(ops.mul(x, factor)), [x]);
 *   return { updates: [accumulate({ total, gradients, keep, share: 1 / 2 })] };
 * });
 * using step = jit((lr: Tensor) => ({ updates: [optimizer.step(total.flat, lr)] }));
 * await add(2, 0); // the first part of a batch
 * await add(4, 1);
 * await step(0.1);
 * console.log([...(await parameters.read()).values()]); // [[3.7]]
 * ```
 */
export function accumulate({ total, gradients, keep, share = 1 }: AccumulateOptions): Tensor {
  const gradient = flatGradient("accumulate", total, gradients);
  return apply(accumulateOp, [total.flat, gradient, keep], { share });
}

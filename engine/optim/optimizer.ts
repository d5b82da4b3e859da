import type { Parameters } from "../device/parameters.ts";
import type { Tensor } from "../graph/node.ts";
import type { UpdateOptions } from "./update.ts";

/** The settings of an optimiser, whatever its kind, that are the same at every step. */
export type OptimizerOptions = Pick<UpdateOptions, "weightDecay" | "groups" | "clipNorm">;

/** Options of a step besides gradients and learning rate. */
export type StepOptions = Pick<UpdateOptions, "guard" | "unscaled">;

/** Trains the parameters of a store; what its steps leave for the next is its own. */
export interface Optimizer extends Disposable {
  /** The state that the steps so far left, zero at first: a checkpoint that training goes on from has it, too. */
  readonly state: Parameters;
  /**
   * Effect of a step, an update of a plan or of a jitted function.
   *
   * @param gradients A gradient for each of the parameters, in the store's order; or all in one, as `pack` and
   * `accumulate` lay them out. @param lr Learning rate, a scalar `[]`.
   * @throws {ShapeError} when the gradients do not fit the parameters.
   */
  step(gradients: readonly Tensor[] | Tensor, lr: Tensor, options?: StepOptions): Tensor;
}

/** An optimiser of this state. @param update Its effect, of the options that all have. */
export function optimizerOf(
  parameters: Parameters,
  options: OptimizerOptions,
  state: Parameters,
  update: (options: UpdateOptions) => Tensor,
): Optimizer {
  const { weightDecay, groups, clipNorm } = options;
  return {
    state,
    step: (gradients, lr, { guard, unscaled } = {}) =>
      update({ parameters, gradients, lr, weightDecay, groups, clipNorm, guard, unscaled }),
    [Symbol.dispose]: () => state[Symbol.dispose](),
  };
}

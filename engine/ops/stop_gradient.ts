import { apply, defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/** `y = x`, of which differentiation sees nothing; the plan takes it out (see `passes/simplify.ts`). */
export const stopGradientOp: Op<null> = defineOp<null>({
  name: "stop_gradient",
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  gradient: () => [null],
  reference: (_, [x]) => x,
});

/** x as a constant: what is computed from it has no gradient by it. Source: torch.Tensor.detach. */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopGradientOp, [x], null);
}

import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";

/** `y = x`, at which differentiation stops; `plan/passes/simplify.ts` takes the op out of a plan. */
export const stopGradientOp: Op<null> = defineOp<null>({
  name: "stop_gradient",
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  gradient: () => [null],
  reference: (_, [x]) => x,
});

/** x as a constant: no gradient flows back to x. Source: torch.Tensor.detach. */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopGradientOp, [x], null);
}

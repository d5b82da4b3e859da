import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import code from "../../../shaders/effects/running.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { overPieces } from "../lowering/pieces.ts";

/** In place: `estimate = (1 - momentum) estimate + momentum factor value`. */
const runningOp: Op<{ momentum: number; factor: number }> = defineOp<
  { momentum: number; factor: number }
>({
  name: "running",
  infer: (inputs) => {
    if (inputs[0].size !== inputs[1].size) {
      throw misfit("running", "an estimate and a value of one length", inputs, "the lengths differ");
    }
    return { shape: inputs[0].shape, dtype: "f32" as const };
  },
  reference: ({ attrs: { momentum, factor } }, [estimate, value]) =>
    estimate.map((old, i) => (1 - momentum) * old + momentum * factor * value[i]),
  writes: [0],
  wants: ["buffer", "buffer"],
  lower: ({ attrs: { momentum, factor }, size }, { binding }) => {
    const kernel = {
      label: "running",
      code,
      bind: { estimate: { input: 0 }, value: { input: 1 } },
      includes: { grid },
      constants: { MOMENTUM: momentum, FACTOR: factor },
    };
    return { kernels: overPieces(kernel, Math.ceil(size / 4), { estimate: 16, value: 16 }, binding) };
  },
});

/**
 * Update of a running estimate, an exponential average.
 *
 * @param estimate A parameter, updated in place. @param value A tensor of its shape.
 * @param options Share of the new value, and its factor, default 1.
 */
export function running(
  estimate: Tensor,
  value: Tensor,
  options: { momentum: number; factor?: number },
): Tensor {
  return apply(runningOp, [estimate, value], { momentum: options.momentum, factor: options.factor ?? 1 });
}

import code from "../../../shaders/effects/accumulate_metrics.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { sameShape } from "../../kernel/shape.ts";
import { ofChannels } from "../lowering/channels.ts";
import { WORKGROUP_SUM } from "../lowering/workgroup_sum.ts";

/** Adds a step's loss and hits to the metrics, in place; the node's value is the metrics after the step. */
const accumulateMetricsOp: Op<null> = defineOp({
  name: "accumulate_metrics",
  infer: (inputs) => {
    const [metrics, loss, hits] = inputs;
    if (!sameShape(metrics.shape, [8]) || loss.shape.length !== 0 || hits.shape.length !== 1) {
      const takes = "metrics [8], a loss [] and hits [B]";
      throw misfit("accumulate_metrics", takes, inputs, "the loss is not reduced to a scalar");
    }
    return { shape: [8], dtype: "f32" as const };
  },
  reference: (_, [[losses, before, steps, bad, ...rest], [loss], hits]) => {
    const finite = Number.isFinite(loss);
    const right = hits.reduce((sum, value) => sum + value, before);
    const firstBad = bad || (finite ? 0 : steps + 1);
    return Float64Array.of(losses + (finite ? loss : 0), right, steps + 1, firstBad, ...rest);
  },
  writes: [0],
  lower: ({ inputs: [, , hits] }) => {
    const { constants, sizes, includes } = ofChannels(hits.shape);
    return {
      kernels: [{
        label: "accumulate_metrics",
        code,
        bind: { metrics: { input: 0 }, loss: { input: 1 }, hits: { input: 2 } },
        includes: { ...includes, ...WORKGROUP_SUM },
        constants: { ...constants, COUNT: matrixOf(hits.shape).cols },
        sizes: [...sizes, "COUNT"],
        workgroups: [1, 1, 1],
      }],
    };
  },
});

/**
 * Effect that sums up a training run on the device, so that no step has to be read back: a plan's update.
 *
 * @param metrics A parameter [8]: sum of the finite losses, sum of hits, steps, and the number (from 1) of the
 * first step whose loss was NaN or infinite, 0 while there is none; the rest is unused. Write zeros to begin again.
 * @param loss []. @param hits [B] of 0 and 1, as {@link hits} gives it.
 * @throws {ShapeError} when they do not fit.
 */
export function accumulateMetrics(metrics: Tensor, loss: Tensor, hits: Tensor): Tensor {
  return apply(accumulateMetricsOp, [metrics, loss, hits], null);
}

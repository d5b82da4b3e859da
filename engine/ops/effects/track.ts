import code from "../../../shaders/effects/track.wgsl" with { type: "text" };
import workgroup_sum from "../../../shaders/lowering/workgroup_sum.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { sameShape } from "../../kernel/shape.ts";
import { ofChannels } from "../lowering/channels.ts";

/** Adds a step's loss and hits to the statistics, in place; the node's value is the statistics after the step. */
const trackOp: Op<null> = defineOp({
  name: "track",
  infer: (inputs) => {
    const [statistics, loss, correct] = inputs;
    if (!sameShape(statistics.shape, [8]) || loss.shape.length !== 0 || correct.shape.length !== 1) {
      const takes = "statistics [8], a loss [] and correct [B]";
      throw misfit("track", takes, inputs, "the loss is not reduced to a scalar");
    }
    return { shape: [8], dtype: "f32" as const };
  },
  reference: (_, [[losses, hits, steps, bad, ...rest], [loss], correct]) => {
    const finite = Number.isFinite(loss);
    const right = correct.reduce((sum, value) => sum + value, hits);
    const firstBad = bad || (finite ? 0 : steps + 1);
    return Float64Array.of(losses + (finite ? loss : 0), right, steps + 1, firstBad, ...rest);
  },
  writes: [0],
  lower: ({ inputs: [, , correct] }) => {
    const { constants, includes } = ofChannels(correct.shape);
    return {
      kernels: [{
        label: "track",
        code,
        bind: { statistics: { input: 0 }, loss: { input: 1 }, correct: { input: 2 } },
        includes: { ...includes, workgroup_sum },
        constants: { ...constants, COUNT: matrixOf(correct.shape).cols },
        workgroups: [1, 1, 1],
      }],
    };
  },
});

/**
 * Effect that sums up a training run on the device, so that no step has to be read back: a plan's update.
 *
 * @param statistics A parameter [8]: sum of the finite losses, sum of correct, steps, and the number (from 1) of the
 * first step whose loss was NaN or infinite, 0 while there is none; the rest is unused. Write zeros to begin anew.
 * @param loss []. @param correct [B] of 0 and 1, as {@link correct} gives it.
 * @throws {ShapeError} when they do not fit.
 */
export function track(statistics: Tensor, loss: Tensor, correct: Tensor): Tensor {
  return apply(trackOp, [statistics, loss, correct], null);
}

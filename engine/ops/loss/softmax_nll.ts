import code from "../../../shaders/loss/softmax_nll.wgsl" with { type: "text" };
import gradCode from "../../../shaders/loss/softmax_nll_grad.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Operand, type Tensor } from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";
import { reshape } from "../shape/reshape.ts";
import { logSumExpOf, mapRows, overRows } from "../lowering/rows.ts";
import { sum } from "../reduce/sum.ts";

/** `y[b] = -log softmax(logits[b, :] + prior)[labels[b]]`; inputs logits, labels and perhaps prior, a row [1, C]. */
const softmaxNllOp: Op<null> = defineOp({
  name: "softmax_nll",
  infer: (inputs) => {
    const [logits, labels, prior] = inputs;
    const [rows, classes] = logits.shape;
    const fits = logits.shape.length === 2 && logits.dtype === "f32" && labels.dtype === "u32" &&
      sameShape(labels.shape, [rows]) && (!prior || sameShape(prior.shape, [1, classes]));
    if (!fits) {
      const takes = "logits f32 [B, C], labels u32 [B] and, or not, a prior f32 [C]";
      throw misfit("softmax_nll", takes, inputs, "labels of another batch, or a prior of other classes");
    }
    return { shape: [rows], dtype: "f32" as const };
  },
  gradient: (nll, dy) => {
    const [logits, labels, ...prior] = nll.inputs;
    const dlogits = apply(softmaxNllGradOp, [logits, labels, nll, dy, ...prior], null);
    return [dlogits, null, ...prior.map((row) => reshape(sum(dlogits, 0), row.shape))];
  },
  reference: ({ inputs: [{ shape: [rows, classes] }] }, [logits, labels, prior]) =>
    Float64Array.from({ length: rows }, (_, b) => {
      const z = rowPlusPrior(logits, b * classes, classes, prior);
      return logSumExpOf(z) - z[labels[b]];
    }),
  wants: ["fast", "any", "fast"],
  lower: ({ inputs: [logits, , prior] }, { family }) => {
    const bind: Record<string, Operand> = {
      logits: { input: 0 },
      labels: { input: 1 },
      ...(prior && { prior: { input: 2 } }),
      y: { output: true },
    };
    return { kernels: [overRows("softmax_nll", code, family, logits.shape, bind, ifPrior(prior))] };
  },
});

/** `dlogits[b, j] = dy[b] (softmax(logits[b, :] + prior)[j] - [j = labels[b]])`, from the nll of the forward pass. */
const softmaxNllGradOp: Op<null> = defineOp({
  name: "softmax_nll_grad",
  autocast: "f32",
  infer: ([logits]) => ({ shape: logits.shape, dtype: "f32" as const }),
  reference: ({ shape }, [logits, labels, , dy, prior]) =>
    mapRows(shape, (at, b) => {
      const z = rowPlusPrior(logits, at, shape[1], prior);
      const lse = logSumExpOf(z);
      return z.map((value, j) => dy[b] * (Math.exp(value - lse) - (j === labels[b] ? 1 : 0)));
    }),
  wants: ["any", "any", "any", "any", "fast"],
  lower: ({ inputs: [logits, , , , prior] }, { family }) => {
    const bind: Record<string, Operand> = {
      logits: { input: 0 },
      labels: { input: 1 },
      nll: { input: 2 },
      dy: { input: 3 },
      ...(prior && { prior: { input: 4 } }),
      dlogits: { output: true },
    };
    return { kernels: [overRows("softmax_nll_grad", gradCode, family, logits.shape, bind, ifPrior(prior))] };
  },
});

/**
 * Negative log-likelihood of each label under `softmax(logits + prior)`.
 *
 * @param logits [B, C]. @param labels u32 [B], each below C. @param prior Added to every row [C], or null.
 * @returns [B].
 * @throws {ShapeError} when they do not fit each other.
 */
export function softmaxNll(logits: Tensor, labels: Tensor, prior: Tensor | null): Tensor {
  // A row may be in a texture, where loads are fast; a vector may not.
  const row = prior && reshape(prior, [1, ...prior.shape]);
  return apply(softmaxNllOp, row ? [logits, labels, row] : [logits, labels], null);
}

function ifPrior(prior: Tensor | undefined): Record<string, number> {
  return { PRIOR: Number(!!prior) };
}

function rowPlusPrior(
  logits: Float64Array,
  at: number,
  classes: number,
  prior: Float64Array | undefined,
): Float64Array {
  return logits.slice(at, at + classes).map((value, j) => value + (prior ? prior[j] : 0));
}

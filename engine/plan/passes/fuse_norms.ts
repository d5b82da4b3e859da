import { inOrder, rewrite, usersOf } from "../../graph/graph.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import { addOp } from "../../ops/arithmetic/add.ts";
import { batchNormSumsOp } from "../../ops/norm/batch_norm_sums.ts";
import { batchNormTrainingGradOp, batchNormTrainingOp } from "../../ops/norm/batch_norm_training.ts";
import { reluOp } from "../../ops/arithmetic/relu.ts";
import { reluGradOp } from "../../ops/arithmetic/relu_grad.ts";
import { sameShape } from "../../kernel/shape.ts";
import { is } from "./is.ts";

/**
 * Fuses `relu(batch_norm_training(x) + residual)`, and every part of it, into one pass over memory. The gradient of a
 * relu right behind a norm goes into the norm's gradient, which computes again where the norm's result is positive.
 */
export function fuseNorms(outputs: readonly Tensor[]): Tensor[] {
  const users = usersOf(inOrder(outputs));
  const readOnce = (node: Tensor) => users.get(node)!.length === 1 && !outputs.includes(node);

  /** True where dy comes through the relu behind the norm of x, and goes to that norm's gradient alone. */
  const masked = (dy: Tensor, x: Tensor): boolean => {
    if (!is(reluGradOp, dy) || !is(reluOp, dy.inputs[0]) || outputs.includes(dy)) return false;
    const [norm] = dy.inputs[0].inputs;
    return plain(norm) && norm.inputs[0] === x &&
      users.get(dy)!.every((user) => ofGradient(user) && user.inputs[0] === dy && user.inputs[1] === x);
  };

  return rewrite(outputs, (node, inputs) => {
    if (is(addOp, node)) {
      if (!sameShape(inputs[0].shape, inputs[1].shape)) return null;
      const n = [0, 1].find((n) => plain(inputs[n]) && readOnce(node.inputs[n]));
      if (n === undefined) return null;
      const norm = inputs[n] as Tensor<{ eps: number; residual: boolean; relu: boolean }>;
      return apply(batchNormTrainingOp, [...norm.inputs, inputs[1 - n]], { ...norm.attrs, residual: true });
    }
    if (is(reluOp, node)) {
      const [norm] = inputs;
      if (!is(batchNormTrainingOp, norm) || norm.attrs.relu || !readOnce(node.inputs[0])) return null;
      return apply(batchNormTrainingOp, norm.inputs, { ...norm.attrs, relu: true });
    }
    if (!ofGradient(node) || !masked(node.inputs[0], node.inputs[1])) return null;
    const [[result, dy], rest] = [inputs[0].inputs, inputs.slice(1)];
    const [, gamma, beta] = (is(reluOp, result) ? result.inputs[0] : result).inputs;
    return is(batchNormSumsOp, node)
      ? apply(batchNormSumsOp, [dy, ...rest, gamma, beta], { ...node.attrs, masked: true })
      : apply(batchNormTrainingGradOp, [dy, ...rest, beta], { eps: node.attrs.eps, masked: true });
  });
}

/** Part of a norm's gradient; the first inputs are dy and x. */
function ofGradient(node: Tensor): node is Tensor<{ eps: number }> {
  return is(batchNormSumsOp, node) || is(batchNormTrainingGradOp, node);
}

/** A norm that nothing was fused into. */
function plain(node: Tensor): boolean {
  return is(batchNormTrainingOp, node) && !node.attrs.relu && !node.attrs.residual;
}

import { inOrder, rewrite, usersOf } from "../../graph/graph.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import { broadcastShape } from "../../ops/lowering/broadcast.ts";
import { scaleOp } from "../../ops/arithmetic/scale.ts";
import { expandOp, sumOp } from "../../ops/reduce/sum.ts";
import { matmul, matmulOp } from "../../ops/matmul/matmul.ts";
import { stopGradientOp } from "../../ops/shape/stop_gradient.ts";
import { isTranspose, transpose } from "../../ops/shape/transpose.ts";
import { sameShape } from "../../kernel/shape.ts";
import { is } from "./is.ts";

/**
 * Takes out ops that need no computing: marks at which differentiation stops; repeats of a tensor for an op that repeats
 * its inputs by itself; the factor of a sum, as a mean has it, which the sum's kernel takes; and the transpose of a product of a transpose, `(a^T b)^T = b^T a`, which the gradient of a
 * linear layer's weight has.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const users = usersOf(inOrder(outputs));
  const readOnce = (node: Tensor) => users.get(node)!.length === 1 && !outputs.includes(node);
  return rewrite(outputs, (node, inputs) => {
    const [product] = inputs;
    if (node.op.name === stopGradientOp.name) return product;
    if (is(scaleOp, node)) return scaledSum(node.attrs, product, readOnce(node.inputs[0]));
    if (node.op.repeats) return unrepeated(node, inputs);
    if (!isTranspose(node) || product.op.name !== matmulOp.name || !readOnce(node.inputs[0])) return null;
    const [a, b, bias] = product.inputs;
    return !bias && (isTranspose(a) || isTranspose(b)) ? matmul(transpose(b), transpose(a)) : null;
  });
}

/** The sum with the factor behind it; null where it is no sum, or read elsewhere, or has a factor. */
function scaledSum({ factor }: { factor: number }, total: Tensor, readOnce: boolean): Tensor | null {
  if (!is(sumOp, total) || !readOnce || total.attrs.factor !== undefined) return null;
  return apply(total.op, total.inputs, { ...total.attrs, factor });
}

/** The op on the tensors that its inputs repeat, where these still repeat to its shape; null where nothing changes. */
function unrepeated({ op, attrs, shape }: Tensor, inputs: readonly Tensor[]): Tensor | null {
  const own = [...inputs];
  for (const [i, input] of inputs.entries()) {
    if (input.op.name !== expandOp.name) continue;
    own[i] = input.inputs[0];
    if (!sameShape(broadcastShape(op.name, own), shape)) own[i] = input;
  }
  return own.some((input, i) => input !== inputs[i]) ? apply(op, own, attrs) : null;
}

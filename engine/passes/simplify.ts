import { inOrder, rewrite, usersOf } from "../graph.ts";
import { matmul, matmulOp } from "../ops/matmul.ts";
import { stopGradientOp } from "../ops/stop_gradient.ts";
import { isTranspose, transpose } from "../ops/transpose.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Takes out what is nothing to compute: the marks at which differentiation stops, and the transpose of a product that
 * has a transpose itself, `(a^T b)^T = b^T a`, as the gradient of a linear layer's weight does.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const users = usersOf(inOrder(outputs));
  const readOnce = (node: Tensor) => users.get(node)!.length === 1 && !outputs.includes(node);
  return rewrite(outputs, (node, inputs) => {
    const [product] = inputs;
    if (node.op.name === stopGradientOp.name) return product;
    if (!isTranspose(node) || product.op.name !== matmulOp.name || !readOnce(node.inputs[0])) return null;
    const [a, b, bias] = product.inputs;
    return !bias && (isTranspose(a) || isTranspose(b)) ? matmul(transpose(b), transpose(a)) : null;
  });
}

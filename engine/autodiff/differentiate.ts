import { ShapeError } from "../graph/errors.ts";
import { inOrder } from "../graph/graph.ts";
import { add } from "../ops/arithmetic/add.ts";
import { constant } from "../graph/source.ts";
import { stopGradientOp } from "../ops/shape/stop_gradient.ts";
import { sameShape } from "../kernel/shape.ts";
import type { Tensor } from "../graph/node.ts";

/**
 * Gradients of a scalar by reverse-mode differentiation, as further graph nodes.
 *
 * @param loss A scalar `[]`.
 * @param wrt Tensors to differentiate by.
 * @returns dloss/dt of each t in wrt, of its shape.
 * @throws {ShapeError} when loss is no scalar. @throws {TypeError} when an op on the way has no gradient, or loss
 * does not depend on some tensor of wrt.
 *
 * @example
 * ```ts
 * import { grad, mul, sum, tensor } from "everyclass";
 * const x = tensor([1, 2, 3]);
 * const [dx] = grad(sum(mul(x, x)), [x]);
 * console.log(await dx.data()); // [2, 4, 6]
 * ```
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) {
    throw new ShapeError(
      `Cannot differentiate ${loss.describe()}: it takes a scalar [], current shape is [${
        loss.shape.join(", ")
      }]: a sum or a mean over the batch is missing`,
    );
  }
  return pullback(loss, constant([1], []), wrt);
}

/**
 * A loss and its gradients.
 *
 * @param loss A scalar `[]`, or a function that builds it from the tensors of wrt.
 * @param wrt Tensors to differentiate by.
 * @returns The loss, and dloss/dt of each t in wrt, of its shape.
 * @throws {ShapeError} when loss is no scalar. @throws {TypeError} as {@link grad}. Source: jax.value_and_grad.
 *
 * @example
 * ```ts
 * import { engine, mul, sum, tensor } from "everyclass";
 * const { value, gradients: [dx] } = engine.valueAndGrad((x) => sum(mul(x, x)), [tensor([1, 2, 3])]);
 * console.log(await value.data(), await dx.data()); // [14] and [2, 4, 6]
 * ```
 */
export function valueAndGrad(
  loss: Tensor | ((...wrt: Tensor[]) => Tensor),
  wrt: readonly Tensor[],
): { value: Tensor; gradients: Tensor[] } {
  const value = typeof loss === "function" ? loss(...wrt) : loss;
  return { value, gradients: grad(value, wrt) };
}

/**
 * Gradients of `sum(y * dy)`, which reverse mode carries from y back to wrt.
 *
 * @param dy Cotangent of the shape of y.
 * @throws {ShapeError} when dy has another shape. @throws {TypeError} as {@link grad}.
 */
export function pullback(y: Tensor, dy: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (!sameShape(y.shape, dy.shape)) {
    throw new ShapeError(`Cannot differentiate ${y.describe()}: its cotangent is ${dy.describe()}`);
  }
  const order = inOrder([y]);
  const leads = new Set<Tensor>(wrt);
  for (const node of order) {
    if (node.op.name !== stopGradientOp.name && node.inputs.some((i) => leads.has(i))) leads.add(node);
  }

  const gradients = new Map<Tensor, Tensor>([[y, dy]]);
  for (const node of order.reverse()) {
    const above = gradients.get(node);
    const through = node.inputs.some((input) => leads.has(input));
    if (!above || !through) continue;
    if (!node.op.gradient) {
      throw new TypeError(
        `Cannot differentiate ${y.describe()}: it takes ops with a gradient, current is ${node.describe()}: ` +
          "stop the gradient before it, or leave what is below out of wrt",
      );
    }
    node.op.gradient(node, above).forEach((share, i) => {
      const input = node.inputs[i];
      if (!share || !leads.has(input)) return;
      if (!sameShape(share.shape, input.shape)) {
        throw new ShapeError(`Cannot differentiate ${node.describe()}: its gradient is ${share.describe()}`);
      }
      const sofar = gradients.get(input);
      gradients.set(input, sofar ? add(sofar, share) : share);
    });
  }
  return wrt.map((tensor) => {
    const gradient = gradients.get(tensor);
    if (!gradient) {
      throw new TypeError(
        `Cannot differentiate ${y.describe()} by ${tensor.describe()}: it takes a tensor that the result depends ` +
          "on, current is not on a differentiable way to it",
      );
    }
    return gradient;
  });
}

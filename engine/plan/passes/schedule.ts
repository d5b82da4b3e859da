import { inOrder } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/node.ts";
import { depthsOf } from "./depths.ts";

/**
 * Every tensor of a graph in the order in which a plan computes it, inputs before users.
 *
 * Slices of a packed tensor, such as gradients of parameters, come as soon as they can, those with the shortest way from
 * the sources first. On the way back each filters' gradient then follows the gradient by the
 * images that it is computed from, whose memory is free behind it.
 */
export function schedule(outputs: readonly Tensor[]): Tensor[] {
  const order = inOrder(outputs);
  const depths = depthsOf(order);
  const soon = order.flatMap((node) => {
    const { op, inputs } = node;
    return op.slices ? inputs : op.aliases !== undefined && op.lower ? [node] : [];
  });
  return inOrder([...soon.sort((a, b) => depths.get(a)! - depths.get(b)!), ...outputs]);
}

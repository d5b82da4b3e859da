import type { Tensor } from "../../graph/node.ts";

/** The number of ops on the longest way from a source to each tensor. @param order Inputs before users. */
export function depthsOf(order: readonly Tensor[]): Map<Tensor, number> {
  const depths = new Map<Tensor, number>();
  for (const node of order) {
    depths.set(node, node.inputs.reduce((most, input) => Math.max(most, depths.get(input)! + 1), 0));
  }
  return depths;
}

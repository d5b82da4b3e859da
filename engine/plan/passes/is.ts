import type { Op, Tensor } from "../../graph/node.ts";

/** Tells if an op computes a tensor. */
export function is<Attrs>(op: Op<Attrs>, node: Tensor): node is Tensor<Attrs> {
  return node.op.name === op.name;
}

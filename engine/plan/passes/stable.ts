import { inOrder } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/node.ts";
import { toHostOp } from "../../ops/collective/to_host.ts";

/** Ops whose results are others in every run. */
const CHANGING = ["input", toHostOp.name];

/**
 * Tensors that keep their value from run to run: constants, parameters that no update writes, and tensors computed from
 * these alone, such as filters with a frozen batch norm folded in.
 *
 * @param written Tells if some update of the plan writes this parameter.
 */
export function stable(outputs: readonly Tensor[], written: (parameter: Tensor) => boolean): Set<Tensor> {
  const found = new Set<Tensor>();
  for (const node of inOrder(outputs)) {
    if (node.op.name === "constant") found.add(node);
    else if (node.op.name === "parameter") {
      if (!written(node)) found.add(node);
    } else if (
      !CHANGING.includes(node.op.name) && !node.op.writes && node.inputs.every((i) => found.has(i))
    ) {
      found.add(node);
    }
  }
  return found;
}

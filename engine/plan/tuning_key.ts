import type { LoweredNode, Operand } from "../graph/node.ts";
import type { StorageMap } from "./storage.ts";

/**
 * A name for all that decides which of a node's kernels is fastest: the first kernel, whose label tells its family, with
 * its sizes and switches, and where its operands are and how their numbers are stored.
 */
export function keyOf(
  storage: StorageMap,
  { node, lowering: { kernels: [kernel], others = [] } }: LoweredNode,
): string {
  const describe = (operand: Operand): string => {
    const tensor = storage.tensorOf(node, operand);
    if (!tensor) return "scratch";
    const { place, format } = storage.of(tensor);
    return [place, format, ...tensor.shape, ...operand.view ? [JSON.stringify(operand.view)] : []].join(" ");
  };
  const operands = Object.entries(kernel.bind).map(([name, operand]) => `${name}: ${describe(operand)}`);
  const numbers = Object.entries({ ...kernel.constants, ...kernel.defines }).map(([name, n]) =>
    `${name} ${n}`
  );
  return `${kernel.label} of ${others.length + 1}; ${operands.join(", ")}; ${numbers.join(" ")}`;
}

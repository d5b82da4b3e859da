import { inOrder } from "./graph.ts";
import type { Tensor } from "./node.ts";

/**
 * Evaluates tensors in float64 on the CPU by the ops' references. Slow and exact: for tests, and for asking what
 * a graph means.
 *
 * @param outputs Tensors to evaluate.
 * @param feeds Values of inputs and parameters, dense row-major.
 * @returns The values of the outputs, in the order given.
 * @throws {TypeError} when an input has no value or one of the wrong length.
 */
export function interpret(
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, ArrayLike<number>> = new Map(),
): Float64Array[] {
  const values = new Map<Tensor, Float64Array>();
  for (const node of inOrder(outputs)) {
    const feed = feeds.get(node);
    const value = feed
      ? Float64Array.from(feed)
      : node.op.reference(node, node.inputs.map((i) => values.get(i)!));
    if (value.length !== node.size) {
      throw new TypeError(
        `Cannot evaluate ${node.describe()}: it takes ${node.size} values, current are ${value.length}`,
      );
    }
    values.set(node, value);
  }
  return outputs.map((output) => values.get(output)!);
}

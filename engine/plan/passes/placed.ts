import { rewrite } from "../../graph/graph.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import type { Place } from "../../kernel/layout.ts";

/** A graph and the place of every tensor in it. */
export interface Placed {
  readonly outputs: readonly Tensor[];
  readonly places: ReadonlyMap<Tensor, Place>;
}

/**
 * Rebuilds a placed graph bottom-up; a tensor stands where the one did that it replaces.
 *
 * @param replace Given a tensor and its rebuilt inputs, the tensor to stand in its place, or null to keep its op. Puts
 * further tensors among the places.
 */
export function rewritePlaced(
  placed: Placed,
  replace: (node: Tensor, inputs: readonly Tensor[], places: Map<Tensor, Place>) => Tensor | null,
): Placed {
  const places = new Map(placed.places);
  const outputs = rewrite(placed.outputs, (node, inputs) => {
    const unchanged = inputs.every((input, i) => input === node.inputs[i]);
    const made = replace(node, inputs, places) ?? (unchanged ? node : apply(node.op, inputs, node.attrs));
    if (!places.has(made)) places.set(made, places.get(node)!);
    return made;
  });
  return { outputs, places };
}

// Which stores hold the values of a parameter: a graph names its parameters, and by them its stores are found.
import { nameOf } from "../graph/source.ts";
import type { Tensor } from "../graph/node.ts";
import type { Device } from "./device.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";

/** A layout with memory. */
type Store = ParameterLayout & { readonly device: Device };

/** Stores that are not disposed of, by each of their tensors; a tensor that is gone takes its entry with it. */
const holders = new WeakMap<Tensor, Set<Store>>();

/** From now on, the store is found by these of its tensors. */
export function hold(store: Store, tensors: readonly Tensor[]): void {
  for (const tensor of tensors) {
    const stores = holders.get(tensor);
    if (stores) stores.add(store);
    else holders.set(tensor, new Set([store]));
  }
}

/** The store is not found by these tensors any more. */
export function letGo(store: Store, tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) holders.get(tensor)?.delete(store);
}

/**
 * The stores of all parameters of a graph: the given ones first, then of each parameter that none of those holds the
 * only store that does.
 *
 * @param order The graph. @param given Stores, or layouts of stores where the graph is only measured.
 * @param device Where they are; default wherever.
 * @throws {TypeError} when a parameter has no store, or several.
 */
export function storesOf(
  order: readonly Tensor[],
  given: readonly ParameterLayout[],
  device?: Device,
): ParameterLayout[] {
  const stores = new Set(given);
  for (const node of order) {
    if (node.op.name !== "parameter") continue;
    if ([...stores].some((store) => store.offsetOf(node) !== null)) continue;
    const known = [...holders.get(node) ?? []].filter((store) => !device || store.device === device);
    if (known.length !== 1) {
      throw new TypeError(
        `Cannot plan ${node.describe()}: it takes one store that holds ${nameOf(node)}, current are ` +
          (known.length === 0
            ? "none: make one of new Parameters(device, tensors, label)"
            : `${known.length} (${
              known.map(({ label }) => label).join(", ")
            }): name the one to take in the option parameters`),
      );
    }
    stores.add(known[0]);
  }
  return [...stores];
}

import { constant } from "../graph/source.ts";
import type { Parameters } from "../device/parameters.ts";
import { flatLayout } from "../graph/parameter_layout.ts";
import type { Tensor } from "../graph/node.ts";

/** Parameters that an optimiser treats in their own way. */
export interface ParameterGroup {
  /** Tensors of the store, each in one group at most. */
  tensors: readonly Tensor[];
  /** Factor of the learning rate, default 1; 0 leaves the parameters as they are. */
  lrFactor?: number | undefined;
  /** Weight decay of the group; default as for parameters in no group. */
  weightDecay?: number | undefined;
}

/** Words of the flat buffer that share an entry of the table. Views start at multiples of this number. */
const BLOCK = 64;

/**
 * Factor of the learning rate and weight decay of every 64 words of a store, a constant [blocks * 2].
 *
 * @throws {RangeError} when a group names a tensor outside the store, or two groups name one tensor.
 */
export function groupTable(
  op: string,
  parameters: Parameters,
  groups: readonly ParameterGroup[],
  weightDecay: number,
): Tensor {
  const { offsets, words } = flatLayout(parameters.tensors);
  const table = new Float32Array(words / BLOCK * 2);
  const given = new Set<Tensor>();
  const fill = (n: number, lrFactor: number, decay: number) => {
    const end = offsets[n + 1] ?? words;
    for (let block = offsets[n] / BLOCK; block < end / BLOCK; block++) {
      table.set([lrFactor, decay], 2 * block);
    }
  };
  parameters.tensors.forEach((_, n) => fill(n, 1, weightDecay));
  for (const { tensors, lrFactor = 1, weightDecay: own = weightDecay } of groups) {
    for (const tensor of tensors) {
      const n = parameters.tensors.indexOf(tensor);
      if (n < 0 || given.has(tensor)) {
        throw new RangeError(
          `Cannot add ${op} to the graph: it takes groups of the store's tensors, each in one of them at most, ` +
            `current ${tensor.describe()} is ${n < 0 ? "not in the store" : "in two groups"}`,
        );
      }
      given.add(tensor);
      fill(n, lrFactor, own);
    }
  }
  return constant(table, [table.length]);
}

import { CheckpointError } from "../tensors/checkpoint_error.ts";
import type { StateDict } from "../tensors/raw_tensor.ts";

/** Usual names of the last layer in published networks: torchvision has fc, the residual networks for CIFAR linear. */
const HEADS = ["fc", "linear", "classifier", "head"];

/** The usual names of a last layer that have a weight among `names`. */
export function headsIn(names: { has(name: string): boolean }): string[] {
  return HEADS.filter((head) => names.has(`${head}.weight`));
}

/**
 * Renames the last layer of a state to the network's name, where the state has another usual name for it.
 *
 * @param expected The names of the network. @param given The state, without a prefix.
 * @throws {CheckpointError} when the state has several layers of the usual names.
 */
export function renameHead(expected: ReadonlyMap<string, unknown>, given: StateDict): StateDict {
  const [wanted, ...more] = headsIn(expected);
  if (wanted === undefined || more.length > 0) return given;
  const heads = headsIn(given);
  if (heads.length > 1) {
    throw new CheckpointError(
      `Cannot tell the last layer of the checkpoint: it takes one of ${HEADS.join(", ")}, ` +
        `current are ${heads.join(" and ")}: save the network with one of them`,
    );
  }
  if (heads.length === 0 || heads[0] === wanted) return given;
  const from = `${heads[0]}.`;
  return new Map(
    [...given].map(([name, tensor]) => [
      name.startsWith(from) ? `${wanted}.${name.slice(from.length)}` : name,
      tensor,
    ]),
  );
}

import { CheckpointError } from "../tensors/checkpoint_error.ts";
import type { StateDict } from "../tensors/raw_tensor.ts";

/** Usual names of the last layer in published networks: torchvision has fc, the residual networks for CIFAR linear. */
const HEADS = ["fc", "linear", "classifier", "head"];

/** One of these words, or a layer inside it: `fc.1` behind a dropout, `head.fc`, `classifier.1`. */
const HEAD = new RegExp(`^(${HEADS.join("|")})(\\.(\\d+|${HEADS.join("|")}))*$`);

/** Those of the usual names of a last layer that have a matrix among these names. */
export function headsIn(
  names: Iterable<readonly [string, { readonly shape: readonly number[] }]>,
): string[] {
  const heads: string[] = [];
  for (const [name, { shape }] of names) {
    const layer = name.slice(0, -".weight".length);
    if (name.endsWith(".weight") && shape.length === 2 && HEAD.test(layer)) heads.push(layer);
  }
  return heads;
}

/** The name that the last layer has in the network; null where the network has none of the usual ones, or several. */
export function headOf(expected: ReadonlyMap<string, readonly number[]>): string | null {
  const heads = headsIn([...expected].map(([name, shape]) => [name, { shape }] as const));
  return heads.length === 1 ? heads[0] : null;
}

/** A state whose last layer has the network's name. */
export interface RenamedHead {
  state: StateDict;
  /** Names of last layers that were left out, as the network need not have the file's. */
  leftOut: string[];
}

/**
 * The state with its last layer under the network's name, where it stands under another of the usual ones, inside the
 * network or beside it.
 *
 * @param wanted The last layer's name in the network; null: nothing is renamed.
 * @param given With no prefix. @param beside Tensors that stand around the network in the file, by parts of the prefix less.
 * @param optional True if the network can do without the file's last layer.
 * @throws {CheckpointError} when there are several layers of the usual names, and the network needs one.
 */
export function renameHead(
  wanted: string | null,
  given: StateDict,
  beside: StateDict,
  optional: boolean,
): RenamedHead {
  if (wanted === null) return { state: given, leftOut: [] };
  const [inside, outside] = [headsIn(given), headsIn(beside)];
  if (inside.length + outside.length > 1) {
    if (optional) {
      const roots = new Set(inside.map((head) => head.split(".")[0]));
      const isHead = (name: string) => roots.has(name.split(".")[0]);
      return { state: new Map([...given].filter(([name]) => !isHead(name))), leftOut: [...roots] };
    }
    throw new CheckpointError(
      `Cannot tell the last layer of the checkpoint: it takes one of ${HEADS.join(", ")}, ` +
        `current are ${
          [...inside, ...outside].join(" and ")
        }: leave all but one of them out by checkpointRename ` +
        "({ name: null }), or save the network with one",
    );
  }
  const moved = (from: StateDict, head: string) =>
    [...from].filter(([name]) => name.startsWith(`${head}.`))
      .map(([name, tensor]) => [wanted + name.slice(head.length), tensor] as const);
  if (outside.length === 1) return { state: new Map([...given, ...moved(beside, outside[0])]), leftOut: [] };
  if (inside.length === 0 || inside[0] === wanted) return { state: given, leftOut: [] };
  const kept = [...given].filter(([name]) => !name.startsWith(`${inside[0]}.`));
  return { state: new Map([...kept, ...moved(given, inside[0])]), leftOut: [] };
}

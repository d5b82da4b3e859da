import {
  type LayoutFound,
  matchNetwork,
  MismatchError,
  nameOf,
  type Network,
  parseCheckpoint,
  renameState,
  type StateDict,
  stateShapes,
} from "../../engine/mod.ts";
import { classesOf, type KnownClasses } from "./class_order.ts";
import { readNamed } from "../flags/errors.ts";
import { fittingNetwork } from "./fitting_network.ts";
import type { Progress } from "../terminal/progress.ts";
import type { State } from "./setup.ts";

/** A checkpoint as a network takes it. */
export interface Taken {
  /** All values of the network, its head unfolded. */
  state: State;
  /** Names of those that were drawn, as the file has none that fit. */
  drawn: readonly string[];
  /** The layout of published code that the file has. */
  layout: LayoutFound | null;
  /** What stands before the network's names in the file. */
  prefix: string;
  /** Parts of the file beside that prefix, which were left out. */
  leftOut: readonly string[];
  /** What the file tells of its classes. */
  classes: KnownClasses;
}

/** Where a checkpoint has the weights, and under which names. */
export interface Reading {
  /** The one of its dictionaries, or the part of names, that is read; null: the one there is. */
  key: string | null;
  /** Beginnings of names, and the network's in their place; null for tensors that are left out. */
  rename: Readonly<Record<string, string | null>> | null;
}

/**
 * What a network takes of the bytes of a checkpoint, which may lack some parts or have them for other classes.
 *
 * @param anew The values of these parts, whole layers, where none of the checkpoint's fit.
 * @throws {Error} when it does not fit otherwise.
 */
export function takeCheckpoint(
  path: string,
  bytes: Uint8Array,
  network: Network,
  anew: State = new Map(),
  { key, rename }: Reading = { key: null, rename: null },
): Taken {
  let file: StateDict | null = null;
  try {
    const { state: whole, layout, metadata } = parseCheckpoint(bytes, key === null ? {} : { entries: [key] });
    const given = file = rename === null ? whole : renameState(whole, rename);
    const { name, classifier } = network;
    const { transposed } = classifier;
    const optional = [...Map.groupBy(anew.keys(), partOf).values()];
    const shapes = stateShapes(network);
    const match = matchNetwork(shapes, given, { network: name, transposed, optional });
    const { weights: found, prefix, leftOut } = match;
    const drawn = [...shapes.keys()].filter((name) => !found.has(name));
    const filled = drawn.map((name) => [name, anew.get(name)!] as const);
    const state = classifier.unfold(new Map([...found, ...filled]));
    return { state, drawn, layout, prefix, leftOut, classes: classesOf(metadata) };
  } catch (cause) {
    const other = cause instanceof MismatchError && file ? fittingNetwork(file, network) : null;
    const remedy = other !== null
      ? ` for ${network.name}: it is of ${other}, which --set network=${other} takes`
      : anew.size === 0
      ? remedyOf(cause, network)
      : "";
    throw new Error(`Cannot use the checkpoint ${path}${remedy}`, { cause });
  }
}

/** What helps where a checkpoint lacks no more than what training can draw, in words. */
function remedyOf(cause: unknown, { classifier }: Network): string {
  if (!(cause instanceof MismatchError) || cause.unexpected.length > 0) return "";
  const lacking = [...cause.missing, ...cause.misshaped.map(({ name }) => name)];
  const head = classifier.stored.map(nameOf);
  const drawable = (name: string) =>
    head.includes(name) ? head.every((one) => lacking.includes(one)) : name.startsWith("block.");
  if (!lacking.every(drawable)) return "";
  const parts = [...new Set(lacking.map(partOf))];
  return ` as it is: training on from it takes classifier: reinit, which draws ${parts.join(" and ")} anew`;
}

/** A checkpoint file as a network takes it. @throws {Error} when it cannot be read or does not fit. */
export async function readCheckpoint(
  path: string,
  network: Network,
  anew?: State,
  reading?: Reading,
): Promise<Taken> {
  return takeCheckpoint(
    path,
    await readNamed(`the checkpoint ${path}`, () => Deno.readFile(path)),
    network,
    anew,
    reading,
  );
}

/** Makes sure that there is a file, before any work starts. @throws {Error} when not. */
export async function checkThere(path: string): Promise<void> {
  await readNamed(`the checkpoint ${path}`, async () => {
    if ((await Deno.stat(path)).isDirectory) throw new Deno.errors.IsADirectory();
  });
}

/** Tells what was made of a file that does not hold the network as it stands. */
export function tellTaken({ layout, drawn, prefix, leftOut }: Taken, progress: Progress): void {
  if (layout) {
    const { name, joined, folded, leftOut } = layout;
    const factors = folded === null ? "" : `; ${folded} folded into the classifier`;
    const others = leftOut.length === 0 ? "" : `; no part of the network and left out: ${leftOut.join(", ")}`;
    progress.line(`The checkpoint has the layout of ${name}: ${joined.join(", ")} joined${factors}${others}`);
  }
  if (leftOut.length > 0) {
    const where = prefix === ""
      ? "The network is in the checkpoint"
      : `The network stands under ${prefix} in the checkpoint`;
    progress.line(`${where}; no part of it and left out: ${leftOut.join(", ")}`);
  }
  if (drawn.length === 0) return;
  const parts = new Set(drawn.map(partOf));
  progress.line(`Drawn anew, as the checkpoint has none that fit: ${[...parts].join(", ")}`);
}

/** Whether the classifier is the file's, and with it the order of the classes. */
export function hasOwnClassifier({ drawn }: Taken, { classifier }: Network): boolean {
  return !classifier.stored.every((tensor) => drawn.includes(nameOf(tensor)));
}

/** `block` of `block.conv1.weight`. */
const partOf = (name: string) => name.split(".")[0];

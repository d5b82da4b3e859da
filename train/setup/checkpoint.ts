import {
  type LayoutFound,
  matchNetwork,
  MismatchError,
  nameOf,
  type Network,
  parseCheckpoint,
  renameState,
  secondModel,
  type StateDict,
  stateShapes,
} from "../../engine/mod.ts";
import { classesOf, type KnownClasses } from "./class_order.ts";
import { readNamed } from "../flags/errors.ts";
import { checkSeal } from "../machine/seal.ts";
import { fittingNetwork } from "./fitting_network.ts";
import type { Progress } from "../progress/progress.ts";
import type { State } from "./setup.ts";

/** A checkpoint fitted to a network. */
export interface Taken {
  /** All values of the network, its head unfolded. */
  state: State;
  /** Names of initialised tensors, for which the file has no fitting values. */
  initialized: readonly string[];
  /** Layout of published code, if the file has one. */
  layout: LayoutFound | null;
  /** The prefix of the network's names in the file. */
  prefix: string;
  /** Parts of the file beside that prefix, which were left out. */
  leftOut: readonly string[];
  /** The classes that the file tells of. */
  classes: KnownClasses;
}

/** Where a checkpoint has the weights, and under which names. */
export interface Reading {
  /** The one of its dictionaries, or the part of names, that is read; null: the one there is. */
  key: string | null;
  /** Beginnings of names, and the network's in their place; null for tensors that are left out. */
  rename: Readonly<Record<string, string | null>> | null;
  /** The model to take, where the file has two; by default the first. */
  which?: "first" | "second" | undefined;
}

/**
 * Fits the bytes of a checkpoint to a network. The checkpoint may lack the parts in `reinit` or have them for other classes.
 *
 * @param reinit Initialised values of these parts, whole layers, used where the checkpoint's do not fit.
 * @param which The model to take, where the file has two.
 * @throws {Error} when the checkpoint does not fit in another respect.
 */
export function takeCheckpoint(
  path: string,
  bytes: Uint8Array,
  network: Network,
  reinit: State = new Map(),
  { key, rename, which = "first" }: Reading = { key: null, rename: null },
): Taken {
  checkSeal(bytes, `use the checkpoint ${path}`);
  let file: StateDict | null = null;
  try {
    const { state: whole, layout, metadata } = parseCheckpoint(bytes, key === null ? {} : { entries: [key] });
    const chosen = which === "second" ? secondIn(whole) : whole;
    const given = file = rename === null ? chosen : renameState(chosen, rename);
    const { name, classifier } = network;
    const { transposed } = classifier;
    const optional = [...Map.groupBy(reinit.keys(), partOf).values()];
    const shapes = stateShapes(network);
    const match = matchNetwork(shapes, given, { network: name, transposed, optional });
    const { weights: found, prefix, leftOut } = match;
    checkVariances(found);
    const initialized = [...shapes.keys()].filter((name) => !found.has(name));
    const filled = initialized.map((name) => [name, reinit.get(name)!] as const);
    const state = classifier.unfold(new Map([...found, ...filled]));
    return { state, initialized, layout, prefix, leftOut, classes: classesOf(metadata) };
  } catch (cause) {
    const other = cause instanceof MismatchError && file ? fittingNetwork(file, network) : null;
    const remedy = other !== null
      ? ` for ${network.name}: it is of ${other}, which --set network=${other} takes`
      : reinit.size === 0
      ? remedyOf(cause, network)
      : "";
    throw new Error(`Cannot use the checkpoint ${path}${remedy}`, { cause });
  }
}

/** @throws {Error} when a running variance is below 0: its root is NaN. */
function checkVariances(weights: State): void {
  for (const [name, values] of weights) {
    const bad = name.endsWith("running_var") ? values.findIndex((value) => value < 0) : -1;
    if (bad < 0) continue;
    throw new Error(
      `it takes running variances of at least 0, current ${name} has ${
        values[bad]
      } at ${bad}: the file is damaged, or ` +
        "its variances are another network's numbers",
    );
  }
}

/** @throws {Error} when a file has no second model. */
function secondIn(state: StateDict): StateDict {
  const second = secondModel(state);
  if (second) return second;
  throw new Error(
    "it takes a file of two models, current file has one: it was not left by deno task finetune with --set ensemble={}, or " +
      "by an earlier version: for an ensemble give the second model, that of stage 1, by --ensemble=FILE; for stage 1 alone " +
      "give its own file by --checkpoint",
  );
}

/** Writes the remedy for a checkpoint that lacks only parts that training can initialise. */
function remedyOf(cause: unknown, { classifier }: Network): string {
  if (!(cause instanceof MismatchError) || cause.unexpected.length > 0) return "";
  const lacking = [...cause.missing, ...cause.misshaped.map(({ name }) => name)];
  const head = classifier.stored.map(nameOf);
  const drawable = (name: string) =>
    head.includes(name) ? head.every((one) => lacking.includes(one)) : name.startsWith("block.");
  if (!lacking.every(drawable)) return "";
  const parts = [...new Set(lacking.map(partOf))];
  return ` as it is: training on from it takes classifier: reinit, which initialises ${parts.join(" and ")}`;
}

/** A checkpoint file as a network takes it. @throws {Error} when it cannot be read or does not fit. */
export async function readCheckpoint(
  path: string,
  network: Network,
  reinit?: State,
  reading?: Reading,
): Promise<Taken> {
  return takeCheckpoint(
    path,
    await readNamed(`the checkpoint ${path}`, () => Deno.readFile(path)),
    network,
    reinit,
    reading,
  );
}

/** Checks that the file exists, before any work starts. @throws {Error} when it is missing. */
export async function checkThere(path: string): Promise<void> {
  await readNamed(`the checkpoint ${path}`, async () => {
    if ((await Deno.stat(path)).isDirectory) throw new Deno.errors.IsADirectory();
  });
}

/** Tells what was made of a file that does not hold the network as it stands. */
export function tellTaken({ layout, initialized, prefix, leftOut }: Taken, progress: Progress): void {
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
  if (initialized.length === 0) return;
  const parts = new Set(initialized.map(partOf));
  progress.line(`Initialised, as the checkpoint has no values that fit: ${[...parts].join(", ")}`);
}

/** Tells whether the classifier comes from the file, and with it the order of the classes. */
export function hasOwnClassifier({ initialized }: Taken, { classifier }: Network): boolean {
  return !classifier.stored.every((tensor) => initialized.includes(nameOf(tensor)));
}

/** Takes `block` from `block.conv1.weight`. */
const partOf = (name: string) => name.split(".")[0];

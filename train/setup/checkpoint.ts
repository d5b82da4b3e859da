import {
  type LayoutFound,
  matchState,
  MismatchError,
  nameOf,
  type Network,
  parseCheckpoint,
  secondModel,
  type StateDict,
  stateShapes,
} from "../../engine/mod.ts";
import { classesOf, type KnownClasses } from "./class_order.ts";
import { readNamed } from "../flags/errors.ts";
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
  /** Classes of the checkpoint, as far as the file tells. */
  classes: KnownClasses;
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
  which: "first" | "second" = "first",
): Taken {
  try {
    const { state: all, layout, metadata } = parseCheckpoint(bytes);
    const given = which === "second" ? secondIn(all) : all;
    const { name, classifier } = network;
    const { transposed } = classifier;
    const optional = [...Map.groupBy(reinit.keys(), partOf).values()];
    const shapes = stateShapes(network);
    const found = matchState(shapes, given, { network: name, transposed, optional });
    const initialized = [...shapes.keys()].filter((name) => !found.has(name));
    const filled = initialized.map((name) => [name, reinit.get(name)!] as const);
    const state = classifier.unfold(new Map([...found, ...filled]));
    return { state, initialized, layout, classes: classesOf(metadata) };
  } catch (cause) {
    const remedy = reinit.size === 0 ? remedyOf(cause, network) : "";
    throw new Error(`Cannot use the checkpoint ${path}${remedy}`, { cause });
  }
}

/** @throws {Error} when a file has no second model. */
function secondIn(state: StateDict): StateDict {
  const second = secondModel(state);
  if (second) return second;
  throw new Error(
    "it takes a file of two models for an ensemble, current file has one: it was not left by deno task finetune with " +
      "an ensemble, or by an earlier version: give the second model, that of stage 1, by --ensemble=FILE",
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

/** Reads a checkpoint file and fits it to a network. @throws {Error} when it cannot be read or does not fit. */
export async function readCheckpoint(
  path: string,
  network: Network,
  reinit?: State,
  which?: "first" | "second",
): Promise<Taken> {
  return takeCheckpoint(
    path,
    await readNamed(`the checkpoint ${path}`, () => Deno.readFile(path)),
    network,
    reinit,
    which,
  );
}

/** Checks that the file exists, before any work starts. @throws {Error} when it is missing. */
export async function checkThere(path: string): Promise<void> {
  await readNamed(`the checkpoint ${path}`, async () => {
    if ((await Deno.stat(path)).isDirectory) throw new Deno.errors.IsADirectory();
  });
}

/** Prints how a checkpoint was read: its layout, and parts that were initialised. */
export function tellTaken({ layout, initialized }: Taken, progress: Progress): void {
  if (layout) {
    const { name, joined, folded, leftOut } = layout;
    const factors = folded === null ? "" : `; ${folded} folded into the classifier`;
    const others = leftOut.length === 0 ? "" : `; no part of the network and left out: ${leftOut.join(", ")}`;
    progress.line(`The checkpoint has the layout of ${name}: ${joined.join(", ")} joined${factors}${others}`);
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

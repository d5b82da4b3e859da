import { nameOf } from "../../engine/mod.ts";
import { hasOwnClassifier, readCheckpoint, takeCheckpoint, type Taken, tellTaken } from "./checkpoint.ts";
import { matchClasses, type RunClasses } from "./class_match.ts";
import type { Progress } from "../progress/progress.ts";
import type { Setup, State } from "./setup.ts";

/** A checkpoint whose classifier has the run's classes, in their order. */
export interface Fitted extends Taken {
  /** True where its classes are known to be the run's. */
  sameOrder: boolean;
}

/**
 * Brings the classifier of a checkpoint into the order of the run's classes, and prints that it did.
 *
 * @param reinit Initialised classifier, used where the checkpoint has other classes; without it other classes are an error.
 * @throws {RangeError} when the classes differ, or stand in another order that cannot be found out.
 */
export function fitClasses(
  path: string,
  taken: Taken,
  { network, ...run }: RunClasses & Pick<Setup, "network">,
  progress: Progress,
  reinit?: State,
): Fitted {
  if (!hasOwnClassifier(taken, network)) return { ...taken, sameOrder: true };
  const { tensors, stored } = network.classifier;
  const match = matchClasses(path, taken.classes, run);
  if (match.order === "same") return { ...taken, sameOrder: match.known };
  if (match.order === "other") {
    const { from } = match;
    progress.line(
      "The classes of the checkpoint stand in another order: its classifier is reordered by their names",
    );
    const state = new Map(taken.state);
    for (const name of tensors.map(nameOf)) state.set(name, pickRows(state.get(name)!, from));
    return { ...taken, state, sameOrder: true };
  }
  if (reinit) {
    progress.line(`The classifier of the checkpoint has other classes and is left out: ${match.words}`);
    const state = new Map([
      ...taken.state,
      ...tensors.map((t) => [nameOf(t), reinit.get(nameOf(t))!] as const),
    ]);
    return { ...taken, state, initialized: [...taken.initialized, ...stored.map(nameOf)], sameOrder: true };
  }
  throw new RangeError(
    `Cannot use the checkpoint ${path}: it takes one with the run's classes, current classes differ, ${match.words}: ` +
      "for a model of other images set classifier: reinit; if only the spelling differs, rename the classes",
  );
}

/**
 * Reads another checkpoint for the same network and classes.
 *
 * @param which The model to take, where the file has two. @param bytes The file's, where they were read already.
 * @throws {Error} when it does not fit.
 */
export async function readSecond(
  path: string,
  setup: Setup,
  progress: Progress,
  which?: "first" | "second",
  bytes?: Uint8Array,
): Promise<State> {
  const reading = { key: null, rename: null, which };
  const taken = bytes
    ? takeCheckpoint(path, bytes, setup.network, undefined, reading)
    : await readCheckpoint(path, setup.network, undefined, reading);
  tellTaken(taken, progress);
  return fitClasses(path, taken, setup, progress).state;
}

/** Reorders the rows of a matrix or the values of a vector. */
function pickRows(values: Float32Array, from: readonly number[]): Float32Array {
  const width = values.length / from.length;
  const rows = new Float32Array(values.length);
  from.forEach((row, to) => rows.set(values.subarray(row * width, (row + 1) * width), to * width));
  return rows;
}

import { CheckpointError, firstOf } from "../tensors/checkpoint_error.ts";
import { likelyCause } from "./likely_cause.ts";
import { COUNTER, locate } from "./locate.ts";
import { type RawTensor, showShape, type StateDict } from "../tensors/raw_tensor.ts";
import { firstModel } from "../tensors/second.ts";
import type { Mismatch, Misshaped } from "./mismatch.ts";

/** Options of matching a checkpoint with a network. */
export interface MatchOptions {
  /** Name of the network, for errors. */
  network?: string | undefined;
  /** Names to ignore in the file, such as a classifier that is to be initialised again. */
  omit?: readonly string[] | undefined;
  /** Groups of optional names: a group of which no tensor fits is left out, in the file and in the result. */
  optional?: readonly (readonly string[])[] | undefined;
  /** Matrices that the file may hold transposed, as their shapes tell; a square matrix is taken as it is. */
  transposed?: readonly string[] | undefined;
}

/** A checkpoint is of another network than the one it was to be loaded into. */
export class MismatchError extends CheckpointError implements Mismatch {
  /** `MismatchError`, as `Error` prints it. */
  override readonly name = "MismatchError";
  /** Names of the network that the file does not have. */
  readonly missing: string[];
  /** Names of the file that the network does not have. */
  readonly unexpected: string[];
  /** Names of both whose shapes differ, or whose numbers are integers in the file. */
  readonly misshaped: Misshaped[];

  /** Only {@linkcode matchState} makes these. */
  constructor(message: string, { missing, unexpected, misshaped }: Mismatch) {
    super(message);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshaped = misshaped;
  }
}

/** The part of a state dict that a network takes. */
export interface Match {
  /** The prefix of the network's names in the file, such as `module.`. */
  prefix: string;
  /** Parts of the file that are no part of the network, such as `module.projector`. */
  leftOut: string[];
  /** The numbers by the network's names, in the order of the network. */
  weights: Map<string, Float32Array>;
}

/**
 * The weights of a network from a state dict, as {@linkcode matchNetwork} finds them.
 *
 * @param expected Names and shapes of the network.
 * @returns the numbers by name, in the order of `expected`.
 * @throws {MismatchError} that lists every name that is missing, unexpected or of another shape, with a likely cause.
 * @throws {CheckpointError} when a weight is NaN or infinite, or several layers have usual names of a last layer.
 *
 * @example
 * ```ts
 * import { matchState } from "everyclass/formats";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * const weights = matchState(new Map([["fc.bias", [2]]]), new Map([["module.fc.bias", bias]]));
 * console.log(weights.get("fc.bias")); // Float32Array [1, 2]
 * ```
 */
export function matchState(
  expected: ReadonlyMap<string, readonly number[]>,
  given: StateDict,
  options: MatchOptions = {},
): Map<string, Float32Array> {
  return matchNetwork(expected, given, options).weights;
}

/**
 * The weights of a network from a state dict that holds all of it: each name once, with the same shape. The network may
 * stand under a prefix, such as `module.` or `backbone.`; what stands beside that prefix is left out and named, and
 * what else stands under it is refused. The last layer may have another of the usual names (fc, linear, classifier,
 * head, and layers inside such as `fc.1`), and may stand beside the prefix; a shortcut may be called `shortcut` or
 * `downsample`; `num_batches_tracked` may be there or not.
 *
 * @param expected Names and shapes of the network.
 * @throws {MismatchError} that lists every name that is missing, unexpected or of another shape, with a likely cause.
 * @throws {CheckpointError} when a weight is NaN or infinite, or several layers have usual names of a last layer.
 *
 * @example
 * ```ts
 * import { matchNetwork } from "everyclass/formats";
 * const vector = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * const { prefix, leftOut } = matchNetwork(
 *   new Map([["bn1.bias", [2]]]),
 *   new Map([["backbone.bn1.bias", vector], ["queue", vector]]),
 * );
 * console.log(prefix, leftOut); // backbone. and ["queue"]
 * ```
 */
export function matchNetwork(
  expected: ReadonlyMap<string, readonly number[]>,
  given: StateDict,
  options: MatchOptions = {},
): Match {
  const free = new Set([...options.omit ?? [], ...(options.optional ?? []).flat()]);
  const { prefix, state: located, leftOut } = locate(expected, firstModel(given), free);
  const state = turnBack(expected, located, options.transposed ?? []);
  const absent = (options.optional ?? []).filter((group) =>
    !group.some((name) => fits(name, expected, state))
  );
  const omitted = new Set([...options.omit ?? [], ...absent.flat()]);
  const wanted = new Map([...expected].filter(([name]) => !omitted.has(name)));
  const mismatch = compare(wanted, state, omitted);
  const { missing, unexpected, misshaped } = mismatch;
  if (missing.length + unexpected.length + misshaped.length > 0) {
    const fitting = [...wanted.keys()].filter((name) => state.has(name)).length - misshaped.length;
    const shapes = misshaped.map(({ name, expected, given, dtype }) =>
      `${name} ${showShape(given)} ${dtype} for ${showShape(expected)}`
    );
    throw new MismatchError(
      `Cannot load the checkpoint into ${
        options.network ?? "the network"
      }: it takes ${wanted.size} tensors, ` +
        `current are ${fitting} that fit, ${count(missing, "missing")}, ${
          count(unexpected, "unexpected")
        }, ` +
        `${count(shapes, "mis-shaped")}: ${likelyCause(wanted, state, mismatch)}`,
      mismatch,
    );
  }
  const weights = new Map<string, Float32Array>();
  for (const name of wanted.keys()) {
    const tensor = state.get(name);
    if (tensor) weights.set(name, finite(name, tensor));
  }
  return { weights, prefix, leftOut };
}

/** Transposes the named matrices that the state holds as [columns, rows]. */
function turnBack(
  expected: ReadonlyMap<string, readonly number[]>,
  given: StateDict,
  names: readonly string[],
): StateDict {
  const state = new Map(given);
  for (const name of names) {
    const [tensor, [rows, columns] = []] = [given.get(name), expected.get(name)];
    if (!tensor || rows === columns || showShape(tensor.shape) !== showShape([columns, rows])) continue;
    const { data } = tensor;
    if (!(data instanceof Float32Array)) continue; // integers are refused below
    const turned = data.map((_, i) => data[i % columns * rows + Math.floor(i / columns)]);
    state.set(name, { dtype: "f32", shape: [rows, columns], data: turned });
  }
  return state;
}

function compare(
  expected: ReadonlyMap<string, readonly number[]>,
  given: StateDict,
  omitted: ReadonlySet<string>,
): Mismatch {
  const misshaped: Misshaped[] = [];
  const missing: string[] = [];
  for (const [name, shape] of expected) {
    const tensor = given.get(name);
    if (!tensor) {
      if (!COUNTER.test(name)) missing.push(name);
    } else if (!isLike(tensor, shape) || !(isFloat(tensor) || COUNTER.test(name))) {
      misshaped.push({ name, expected: shape, given: tensor.shape, dtype: tensor.dtype });
    }
  }
  const known = (name: string) => expected.has(name) || omitted.has(name) || COUNTER.test(name);
  return { missing, misshaped, unexpected: [...given.keys()].filter((name) => !known(name)) };
}

function finite(name: string, { data }: RawTensor): Float32Array {
  const floats = data instanceof Float32Array ? data : Float32Array.from(data, Number);
  let bad = 0; // no findIndex, which takes ten times as long for the 60 million numbers of a ResNet-152
  while (bad < floats.length && Number.isFinite(floats[bad])) bad++;
  if (bad === floats.length) return floats;
  // No training comes to such weights, but bytes that are read in a wrong order do.
  const absurd = floats.some((value) => Math.abs(value) > 1e20 && Number.isFinite(value));
  throw new CheckpointError(
    `Cannot load the checkpoint: it takes finite numbers, current ${name} has ${floats[bad]} at ${bad}: ` +
      (absurd
        ? "the file is damaged, or its bytes stand in another order than it says"
        : "the training that wrote it diverged"),
  );
}

function isLike({ shape }: RawTensor, expected: readonly number[]): boolean {
  return showShape(shape) === showShape(expected);
}

function fits(name: string, expected: ReadonlyMap<string, readonly number[]>, state: StateDict): boolean {
  const [given, shape] = [state.get(name), expected.get(name)];
  return given !== undefined && shape !== undefined && isLike(given, shape);
}

function isFloat({ data }: RawTensor): boolean {
  return data instanceof Float32Array;
}

/** `3 missing (a, b, c)` */
function count(names: string[], what: string): string {
  return `${names.length} ${what}` + (names.length ? ` (${firstOf(names)})` : "");
}

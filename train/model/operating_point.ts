import { nameOf, type Network } from "../../engine/mod.ts";
import { offsetsOf } from "../decision/decide.ts";
import type { State } from "../setup/setup.ts";

/**
 * Folds `logits - t log N` into the bias of a classifier: predictions then cost no more than before.
 *
 * @param state Values of a network as a checkpoint has them. @param counts `[classes]`, training images.
 * @returns The state with another bias; for t = 0 the same state.
 * @throws {RangeError} when the head has no bias, or the counts are not those of the classes.
 */
export function foldPoint(
  state: State,
  { classifier, classes }: Pick<Network, "classifier" | "classes">,
  counts: ArrayLike<number> | null,
  t: number,
): State {
  if (t === 0) return state;
  const [, bias] = classifier.stored;
  if (bias === undefined) {
    throw new RangeError(
      `Cannot fold t = ${t} into the classifier: it takes a linear one with a bias, current is a ${classifier.kind} one ` +
        "without: give --adjust T where it predicts instead",
    );
  }
  const offsets = offsetsOf(counts, classes, t);
  const values = state.get(nameOf(bias))!.map((value, label) => value - offsets[label]);
  return new Map([...state, [nameOf(bias), values]]);
}

// A network in names and shapes alone, for the tests of what fits it.
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { matchState, MismatchError, type StateDict } from "../../formats/checkpoint/mod.ts";

/** A network of `depth` blocks of `width` channels, as the ResNets name their tensors. */
export function network({ depth = 2, width = 4, classes = 10 }): Record<string, number[]> {
  const shapes: Record<string, number[]> = { "conv1.weight": [width, 3, 3, 3] };
  for (let block = 0; block < depth; block++) {
    shapes[`layer1.${block}.conv1.weight`] = [width, width, 3, 3];
    shapes[`layer1.${block}.bn1.weight`] = [width];
    shapes[`layer1.${block}.bn1.running_mean`] = [width];
  }
  return { ...shapes, "linear.weight": [classes, width], "linear.bias": [classes] };
}

/** Names and shapes of one with two blocks. */
export const wanted: ReadonlyMap<string, number[]> = new Map(Object.entries(network({})));

/** The state under other names. */
export function renamed(given: StateDict, rename: (name: string) => string): StateDict {
  return new Map([...given].map(([name, tensor]) => [rename(name), tensor]));
}

/** Refuses a state for this cause. */
export function mismatch(given: StateDict, cause: string): MismatchError {
  const error = assertThrows(() => matchState(wanted, given, { network: "resnet4" }), MismatchError);
  assertStringIncludes(
    error.message,
    "Cannot load the checkpoint into resnet4: it takes 9 tensors, current are ",
  );
  assertEquals(error.message.endsWith(`: ${cause}`), true, error.message);
  return error;
}

import { CheckpointError, firstOf } from "../tensors/checkpoint_error.ts";
import type { StateDict } from "../tensors/raw_tensor.ts";

/** Prefixes that data-parallel and compiled networks add to names. */
const WRAPPERS = /^((module|_orig_mod)\.)*/;

/**
 * The state under other names.
 *
 * @param names The beginning of names in the file, whole parts such as `last_linear` or `backbone.stem`, and what stands
 * there instead; null leaves the tensors out. The longest that fits a name counts. `module.` before names need not be told.
 * @throws {CheckpointError} when no name begins so, or two tensors would have one name.
 *
 * @example
 * ```ts
 * import { renameState } from "everyclass/formats";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * const state = renameState(new Map([["last_linear.bias", bias]]), { last_linear: "fc" });
 * console.log([...state.keys()]); // ["fc.bias"]
 * ```
 */
export function renameState(given: StateDict, names: Readonly<Record<string, string | null>>): StateDict {
  const rules = Object.entries(names).map(([from, to]) => [withoutDot(from), to] as const)
    .sort(([a], [b]) => b.length - a.length);
  const used = new Set<string>();
  const state: StateDict = new Map();
  for (const [name, tensor] of given) {
    const renamed = nameBy(rules, name, used);
    if (renamed === null) continue;
    if (state.has(renamed)) {
      throw new CheckpointError(
        `Cannot rename the tensors of the checkpoint: it takes new names that differ, current ${renamed} stands for two ` +
          "tensors: leave one of them out by null",
      );
    }
    state.set(renamed, tensor);
  }
  const unused = rules.filter(([from]) => !used.has(from)).map(([from]) => from);
  if (unused.length === 0) return state;
  throw new CheckpointError(
    `Cannot rename ${
      unused.join(", ")
    } in the checkpoint: it takes the beginning of names, current names are ${
      firstOf([...given.keys()]) || "none"
    }: look at the spelling`,
  );
}

function nameBy(
  rules: readonly (readonly [string, string | null])[],
  name: string,
  used: Set<string>,
): string | null {
  const wrapper = WRAPPERS.exec(name)![0];
  for (const [from, to] of rules) {
    for (const before of wrapper === "" ? [""] : ["", wrapper]) {
      const rest = name.slice(before.length);
      if (rest !== from && !rest.startsWith(`${from}.`)) continue;
      used.add(from);
      if (to === null) return null;
      const after = rest.slice(from.length + 1); // "" where the whole name is renamed
      return before + [withoutDot(to), after].filter((part) => part !== "").join(".");
    }
  }
  return name;
}

const withoutDot = (name: string) => name.replace(/\.$/, "");

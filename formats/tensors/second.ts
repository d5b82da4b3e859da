import type { StateDict } from "./raw_tensor.ts";

/** Begins the names of what a second model has of its own, in a file that holds two models of one backbone. */
const SECOND = "ensemble.";

/** Tells whether a tensor belongs to the second model of a file, so that it stands behind all of the first. */
export function isSecond(name: string): boolean {
  return name.startsWith(SECOND);
}

/** A file's first model: all tensors but those under `ensemble.`; unchanged where that is a prefix of all names. */
export function firstModel(state: StateDict): StateDict {
  const first = new Map([...state].filter(([name]) => !isSecond(name)));
  return first.size > 0 ? first : state;
}

/**
 * A file's second model: the first one's tensors, and in their place those under `ensemble.`, without that prefix; null
 * where the file has one model.
 *
 * @example
 * ```ts
 * import { secondModel } from "everyclass/formats";
 * const tensor = (value: number) => ({ shape: [1], dtype: "f32" as const, data: Float32Array.of(value) });
 * const file = new Map([["conv1.weight", tensor(1)], ["fc.bias", tensor(2)], ["ensemble.fc.bias", tensor(3)]]);
 * console.log(secondModel(file)?.get("fc.bias")?.data[0]); // 3
 * ```
 */
export function secondModel(state: StateDict): StateDict | null {
  const first = firstModel(state);
  if (first.size === state.size) return null;
  const own = [...state].filter(([name]) => isSecond(name));
  return new Map([...first, ...own.map(([name, tensor]) => [name.slice(SECOND.length), tensor] as const)]);
}

/**
 * Names what a second model has of its own, for a file of both.
 *
 * @example
 * ```ts
 * import { asSecond } from "everyclass/formats";
 * const bias = { shape: [1], dtype: "f32" as const, data: Float32Array.of(3) };
 * console.log([...asSecond(new Map([["fc.bias", bias]])).keys()]); // ["ensemble.fc.bias"]
 * ```
 */
export function asSecond(state: StateDict): StateDict {
  return new Map([...state].map(([name, tensor]) => [SECOND + name, tensor]));
}

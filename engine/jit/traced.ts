// Results of a function to be jitted: results to be read, in a list or record as it has them, and effects.
import { Tensor } from "../graph/node.ts";
import { Result, type Run } from "./result.ts";

/** A tensor, or tensors in a list or record; the list under `updates` has effects, which have no value. */
export type Returned<R> = Tensor | { readonly [K in keyof R]: Tensor | readonly Tensor[] };

/** The same with results in place of tensors, without the updates. */
export type Results<R> = R extends Tensor ? Result
  : R extends readonly Tensor[] ? { readonly [I in keyof R]: Result }
  : { readonly [K in Exclude<keyof R, "updates">]: Result };

/** The part of the results that is planned. */
export interface Outcome {
  /** Results by where they stand, such as `loss`, `0` in a list or, a lone one, `result`. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Effects. */
  readonly updates: readonly Tensor[];
}

/** @throws {TypeError} when there is anything but tensors in it. */
export function outcomeOf(returned: unknown): Outcome {
  const outputs: Record<string, Tensor> = {};
  const updates: Tensor[] = [];
  for (const [name, value] of entriesOf(returned)) {
    if (name === "updates" && Array.isArray(value) && value.every((part) => part instanceof Tensor)) {
      updates.push(...value);
    } else if (value instanceof Tensor) {
      outputs[name] = value;
    } else {
      throw new TypeError(
        "Cannot plan the jitted function: it takes one that returns a tensor, or a list or record of tensors with " +
          `effects in a list under updates, current returns ${
            Array.isArray(value) ? "a list" : typeof value
          }` +
          `${value === returned ? "" : ` under ${name}`}`,
      );
    }
  }
  return { outputs, updates };
}

/** Results of a run in the places of the tensors. */
export function resultsOf(returned: unknown, run: Run): unknown {
  const results = entriesOf(returned).filter(([, value]) => value instanceof Tensor).map(([name, value]) => {
    const { shape, dtype } = value as Tensor;
    return [name, new Result(run, name, shape, dtype)] as const;
  });
  if (returned instanceof Tensor) return results[0][1];
  return Array.isArray(returned) ? results.map(([, result]) => result) : Object.fromEntries(results);
}

/** Everything that is returned, by its name. */
function entriesOf(returned: unknown): [string, unknown][] {
  const isAlone = returned instanceof Tensor || returned === null || typeof returned !== "object";
  return isAlone ? [["result", returned]] : Object.entries(returned);
}

import type { Tensor } from "../tensor.ts";
import type { Parameters } from "./parameters.ts";

/** What a plan computes. */
export interface PlanSpec {
  /** Results by the name they are read under. */
  outputs?: Readonly<Record<string, Tensor>>;
  /** Effects, such as an optimiser's step, in the order they happen, after everything else. */
  updates?: readonly Tensor[];
  /** Stores of every parameter in the graph. */
  parameters?: readonly Parameters[];
}

/** The inputs of a graph by name. @throws {TypeError} when two of them share one. */
export function inputsOf(order: readonly Tensor[]): Map<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  for (const node of order) {
    if (node.op.name !== "input") continue;
    const { name } = node.attrs as { name: string };
    const other = inputs.get(name);
    if (other) {
      throw new TypeError(
        `Cannot plan this graph: it takes inputs of different names, current are ${other.describe()} and ` +
          `${node.describe()}, both ${name}: a run could feed one of them only`,
      );
    }
    inputs.set(name, node);
  }
  return inputs;
}

/** @throws {TypeError} when an update writes nothing, or something else writes. */
export function checkEffects(order: readonly Tensor[], updates: readonly Tensor[]): void {
  for (const node of updates) {
    if (!node.op.writes) {
      throw new TypeError(
        `Cannot plan this graph: it takes updates that write a parameter, current is ${node.describe()}: ` +
          "name it among the outputs",
      );
    }
  }
  for (const node of order) {
    const strays = node.op.writes && !updates.includes(node)
      ? [node]
      : node.inputs.filter((i) => i.op.writes);
    if (strays.length > 0) {
      throw new TypeError(
        `Cannot plan this graph: ${strays[0].describe()} writes a parameter and has no value of its own: ` +
          "name it among the updates, and compute nothing from it",
      );
    }
  }
}

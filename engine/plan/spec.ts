import { memoryOf } from "../graph/graph.ts";
import { nameOf } from "../graph/source.ts";
import type { Tensor } from "../graph/node.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Parameters } from "../device/parameters.ts";

/** The format in which a plan stores results on the way: all in f32, or wide ones in f16 (see `plan/passes/autocast.ts`). */
export type Precision = "f32" | "f16";

/** Results and effects that a plan computes. @typeParam Store Parameters; to measure it, their layout will do. */
export interface PlanSpec<Store extends ParameterLayout = Parameters> {
  /** Results by the name they are read under. */
  outputs?: Readonly<Record<string, Tensor>> | undefined;
  /** Effects, such as an optimiser's step, in the order they happen, after everything else. */
  updates?: readonly Tensor[] | undefined;
  /** Stores of every parameter in the graph. */
  parameters?: readonly Store[] | undefined;
  /** Default f32. f16 takes an adapter with `shader-f16`. */
  precision?: Precision | undefined;
}

/** The inputs of a graph by name. @throws {TypeError} when two of them share one. */
export function inputsOf(order: readonly Tensor[]): Map<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  for (const node of order) {
    if (node.op.name !== "input") continue;
    const name = nameOf(node);
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

/** The tensors that an update writes. */
export function targetsOf(update: Tensor): Tensor[] {
  return (update.op.writes ?? []).map((n) => update.inputs[n]);
}

/** @throws {TypeError} when an update writes anything but parameters, or reads what it writes; or something else writes. */
export function checkEffects(
  order: readonly Tensor[],
  updates: readonly Tensor[],
  stores: readonly ParameterLayout[],
): void {
  for (const node of updates) {
    const other = targetsOf(node).find(({ op }) => op.name !== "parameter");
    if (!node.op.writes || other) {
      throw new TypeError(
        `Cannot plan this graph: it takes updates that write a parameter, current is ${node.describe()}` +
          (other ? `, which writes ${other.describe()}` : ": name it among the outputs"),
      );
    }
    for (const store of stores) {
      const own = node.inputs.map(memoryOf).filter((input) => store.offsetOf(input) !== null);
      const [target] = targetsOf(node).filter((target) => own.includes(target));
      const read = own.find((input, i) => own.indexOf(input) < i || !targetsOf(node).includes(input));
      if (target && read) {
        throw new TypeError(
          `Cannot plan ${node.describe()}: it takes tensors to read and to write of two stores, current ` +
            `${nameOf(read)} and ${nameOf(target)} are in one store: a dispatch cannot read and write one ` +
            "buffer, put them into two stores",
        );
      }
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

// All ways in which a family computes a graph: the first kernels of each node, and those that a tuning may take.

import { input, nameOf } from "../../engine/graph/source.ts";
import { pullback } from "../../engine/autodiff/differentiate.ts";
import { type Timer, Tuning } from "../../engine/device/tuning.ts";
import type { Family, Tensor } from "../../engine/graph/node.ts";
import type { Shape } from "../../engine/kernel/shape.ts";
import { type Numbers, valuesOf } from "./examples.ts";
import { deviceOf, evaluate } from "./families.ts";

/** Results to be compared, and the values to compute them from. */
export interface Problem {
  outputs: Record<string, Tensor>;
  feeds: ReadonlyMap<Tensor, Numbers>;
}

/** An op with the gradients of its inputs. */
export function problemOf(name: string, build: (...inputs: Tensor[]) => Tensor, shapes: Shape[]): Problem {
  const inputs = shapes.map((shape, i) => input(`input ${i}`, shape));
  const y = build(...inputs);
  const dy = input("dy", y.shape);
  const feeds = new Map(
    [...inputs, dy].map((t) => [t, valuesOf({ shape: t.shape }, `${name} ${nameOf(t)}`)]),
  );
  const gradients = pullback(y, dy, inputs);
  return { outputs: { y, ...Object.fromEntries(gradients.map((g, i) => [`gradient ${i}`, g])) }, feeds };
}

/** Values of a problem where of each node the n-th way is fastest; and the most ways of a node. */
export async function byWay(family: Family, { outputs, feeds }: Problem, n: number, precision?: "f16") {
  const device = await deviceOf(family);
  let [most, timed] = [0, 0];
  const timer: Timer = (_, ways) => {
    most = Math.max(most, ways.length);
    timed++;
    return Promise.resolve(ways.map((_, i) => i === n ? 0.5 : 1));
  };
  device.tuning = new Tuning({ timer });
  try {
    const values = await evaluate(device, outputs, feeds, precision);
    return { values, most, timed };
  } finally {
    device.tuning = null;
  }
}

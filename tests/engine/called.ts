import { rewrite } from "../../engine/graph/graph.ts";
import { apply, type Op, type Tensor } from "../../engine/graph/node.ts";
import { hostOp, onHost } from "../../engine/ops/collective/to_host.ts";
import type { RandomGraph } from "./random_graph.ts";
import { uniform } from "./random.ts";

/** A function of the host, at once or later. */
export type Host = (values: Float32Array) => Float32Array | Promise<Float32Array>;

const like: Pick<Op, "infer"> = { infer: ([{ shape, dtype }]) => ({ shape, dtype }) };

/** A tensor of the shape of x that a function of the host computes. */
export function called(x: Tensor, host: Host): Tensor {
  return onHost(hostOp({ name: "called", ...like, host: async (_, values) => await host(values) }), x, null);
}

/** Through the host and back, where some time passes before every third. */
function passed(x: Tensor, n: number): Tensor {
  const waiting: Host = async (values) => {
    if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return values;
  };
  const op = hostOp<null>({ name: "passed", ...like, host: async (_, values) => await waiting(values) });
  return onHost({ ...op, reference: (_, [values]) => values }, x, null);
}

/** The same graph, where a share of the tensors go through the host. */
export function throughHost(graph: RandomGraph, seed: number, share: number): RandomGraph {
  const next = uniform(seed);
  const names = Object.keys(graph.outputs);
  let count = 0;
  const roots = rewrite([...Object.values(graph.outputs), ...graph.updates], (node, inputs) => {
    if (node.op.writes || node.op.name === "parameter" || node.dtype !== "f32" || next() >= share) {
      return null;
    }
    const same = inputs.every((input, i) => input === node.inputs[i]);
    return passed(same ? node : apply(node.op, inputs, node.attrs), count++);
  });
  return {
    ...graph,
    outputs: Object.fromEntries(names.map((name, i) => [name, roots[i]])),
    updates: roots.slice(names.length),
  };
}

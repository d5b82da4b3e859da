import { memoryOf } from "../../graph/graph.ts";
import type { Kernel, LoweredNode, Tensor } from "../../graph/node.ts";
import { toHostOp } from "../../ops/collective/to_host.ts";

/**
 * Chooses what a plan of f16 precision stores in f16: activations, their gradients and packed filters.
 *
 * These tensors stay in f32: sources, and so all parameters; results that the host reads; scalars and vectors; tensors
 * whose op says that f16 cannot hold them; tensors computed from f32, where the largest input decides; slices of a packed
 * tensor, such as gradients of parameters; what the host takes amid a run; and tensors that a kernel reaches without
 * accessors, for accessors convert.
 * Source: the lists of torch.autocast.
 *
 * @param order Every tensor of the graph, inputs first. @param computed The tensors that kernels compute.
 */
export function autocast(
  order: readonly Tensor[],
  outputs: readonly Tensor[],
  computed: readonly LoweredNode[],
): Set<Tensor> {
  const whole = new Set(outputs.map(memoryOf));
  for (const { inputs, op } of order) {
    if (op.slices || op.name === toHostOp.name) {
      for (const input of inputs) whole.add(memoryOf(input));
    }
  }
  for (const { node, lowering: { kernels } } of computed) {
    for (const tensor of kernels.flatMap((kernel) => denseOperands(node, kernel))) {
      whole.add(memoryOf(tensor));
    }
  }
  const own = new Set(computed.map(({ node }) => node));
  const found = new Set<Tensor>();
  for (const node of order) {
    const { op, shape, dtype } = node;
    if (!own.has(node) || op.writes || dtype !== "f32" || shape.length < 2 || whole.has(node)) continue;
    const deciding = op.autocast === "inputs" ? node.inputs : largestOf(node.inputs);
    const half = op.autocast === "f16" || deciding.every((input) => found.has(memoryOf(input)));
    if (half && op.autocast !== "f32") found.add(node);
  }
  return found;
}

function largestOf(inputs: readonly Tensor[]): Tensor[] {
  const most = Math.max(...inputs.map(({ size }) => size));
  return inputs.filter(({ size }) => size === most);
}

/** Names that a kernel declares as plain arrays. */
function denseOperands(node: Tensor, { code, includes = {}, bind }: Kernel): Tensor[] {
  return [code, ...Object.values(includes)].flatMap((text) =>
    [...text.matchAll(/^\s*\/\/#dense (\w+)/gm)].flatMap(([, name]) => {
      const operand = bind[name];
      if (!operand || "scratch" in operand) return [];
      return "input" in operand ? node.inputs[operand.input] : node;
    })
  );
}

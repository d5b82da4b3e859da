import { apply, misfit, type Tensor } from "./node.ts";
import { sameShape } from "../kernel/shape.ts";

/** Tensors that are to stand before a tensor although it is not computed from them. */
export type Ahead = ReadonlyMap<Tensor, Tensor>;

/**
 * Every tensor that the given ones depend on, inputs before users; what no output needs is left out.
 *
 * @param ahead Further tensors to stand before others, in a way that makes no circle.
 */
export function inOrder(outputs: readonly Tensor[], ahead?: Ahead): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // An explicit stack: a deep network would overflow the call stack.
  const stack: { node: Tensor; done: boolean }[] = [...outputs].reverse().map((node) => ({
    node,
    done: false,
  }));
  while (stack.length > 0) {
    const { node, done } = stack.pop()!;
    if (done) order.push(node);
    else if (!seen.has(node)) {
      seen.add(node);
      stack.push({ node, done: true });
      const before = ahead?.get(node);
      if (before) stack.push({ node: before, done: false });
      for (const input of [...node.inputs].reverse()) stack.push({ node: input, done: false });
    }
  }
  return order;
}

/** Tensors that use each tensor, once per use. */
export function usersOf(order: readonly Tensor[]): Map<Tensor, Tensor[]> {
  const users = new Map<Tensor, Tensor[]>(order.map((node) => [node, []]));
  for (const node of order) for (const input of node.inputs) users.get(input)!.push(node);
  return users;
}

/** The tensor whose memory this one is: itself, unless its op only names the memory of an input. */
export function memoryOf(node: Tensor): Tensor {
  return node.op.aliases === undefined ? node : memoryOf(node.inputs[node.op.aliases]);
}

/**
 * Rebuilds the graph bottom-up.
 *
 * @param outputs Tensors to rebuild.
 * @param replace Given a tensor, its rebuilt inputs and the tensor that was rebuilt ahead of it, the tensor to stand in
 * its place, or null to keep its op.
 * @param ahead For some tensors, another one to be rebuilt before.
 * @returns The rebuilt outputs, in the order given.
 */
export function rewrite(
  outputs: readonly Tensor[],
  replace: (node: Tensor, inputs: readonly Tensor[], before?: Tensor) => Tensor | null,
  ahead?: Ahead,
): Tensor[] {
  const rebuilt = new Map<Tensor, Tensor>();
  for (const node of inOrder(outputs, ahead)) {
    const before = ahead?.get(node);
    const inputs = node.inputs.map((input) => rebuilt.get(input)!);
    const unchanged = inputs.every((input, i) => input === node.inputs[i]);
    rebuilt.set(
      node,
      replace(node, inputs, before && rebuilt.get(before)) ??
        (unchanged ? node : apply(node.op, inputs, node.attrs)),
    );
  }
  return outputs.map((output) => rebuilt.get(output)!);
}

/**
 * The same graph over other tensors, such as a network's over the parameters of its moving average.
 *
 * @param outputs Tensors to compute; effects too. @param others For each tensor to be replaced, the one in its place.
 * @returns The outputs over the others, in the order given. @throws {ShapeError} when one has another shape.
 */
export function substitute(outputs: readonly Tensor[], others: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  for (const [tensor, other] of others) {
    if (!sameShape(tensor.shape, other.shape) || tensor.dtype !== other.dtype) {
      throw misfit("substitute", "tensors of one shape", [tensor, other], "they are not of the same network");
    }
  }
  return rewrite(outputs, (node) => others.get(node) ?? null);
}

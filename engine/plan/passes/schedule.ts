import { type Ahead, inOrder } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/node.ts";
import { toHostOp } from "../../ops/collective/to_host.ts";
import { depthsOf } from "./depths.ts";
import { is } from "./is.ts";
import { sentIn, turnsAhead } from "./take_turns.ts";

/**
 * Every tensor of a graph in the order in which a plan computes it, inputs before users.
 *
 * Slices of a packed tensor, such as gradients of parameters, come as soon as they can, those with the shortest way from
 * the sources first. On the way back each filters' gradient then follows the gradient by the
 * images that it is computed from, whose memory is free behind it.
 *
 * Copies for the host come as soon as they can, too, in the order of turns; tensors that the host computes as late as they
 * can.
 */
export function schedule(outputs: readonly Tensor[]): Tensor[] {
  const order = inOrder(outputs);
  const depths = depthsOf(order);
  const soon = order.flatMap((node) => {
    const { op, inputs } = node;
    return op.slices ? inputs : op.aliases !== undefined && op.lower || is(toHostOp, node) ? [node] : [];
  });
  const sent = sentIn(order);
  const ahead = turnsAhead(sent);
  // A copy for the host comes right behind what it copies: packing adds no step.
  const depthOf = (node: Tensor): number =>
    is(toHostOp, node) || node.op.slices && !node.op.lower
      ? Math.max(0, ...node.inputs.map(depthOf))
      : depths.get(node)!;
  const eager = inOrder([...soon.sort((a, b) => depthOf(a) - depthOf(b)), ...outputs], ahead);
  return sent.length === 0 ? eager : besideCalls(eager, sent, ahead);
}

/**
 * The same tensors where each call of the host is followed by all that needs no result but those that are there, and so
 * goes on beside the call. Tensors of parameters alone, such as turned filters, are left until they are needed: they would
 * only take memory.
 */
function besideCalls(eager: readonly Tensor[], sent: readonly Tensor[], ahead: Ahead): Tensor[] {
  const needs = new Map<Tensor, bigint>();
  const ofInputs = new Set<Tensor>();
  for (const node of eager) {
    const own = node.op.host ? 1n << BigInt(sent.indexOf(node.inputs[0])) : 0n;
    needs.set(node, node.inputs.reduce((all, input) => all | needs.get(input)!, own));
    if (node.op.name === "input" || node.inputs.some((input) => ofInputs.has(input))) ofInputs.add(node);
  }
  let there = 0n;
  const beside = sent.flatMap((node) => {
    there |= needs.get(node)!;
    return [node, ...eager.filter((other) => ofInputs.has(other) && (needs.get(other)! & ~there) === 0n)];
  });
  return inOrder([...beside, ...eager], ahead);
}

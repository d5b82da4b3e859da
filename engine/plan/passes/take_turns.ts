import { type Ahead, inOrder, rewrite } from "../../graph/graph.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import { toHostOp } from "../../ops/collective/to_host.ts";
import { depthsOf } from "./depths.ts";
import { is } from "./is.ts";

/**
 * Numbers what the host takes amid a run by its depth: the order in which the host is called. Processes that build the
 * same graph over batches of different sizes get the same order, whatever the passes make of each graph.
 */
export function takeTurns(outputs: readonly Tensor[]): Tensor[] {
  const order = inOrder(outputs);
  const depths = depthsOf(order);
  const taken = order.filter((node) => is(toHostOp, node)).sort((a, b) => depths.get(a)! - depths.get(b)!);
  const turns = new Map<Tensor, number>(taken.map((node, turn) => [node, turn]));
  return rewrite(outputs, (node, inputs) => {
    const turn = turns.get(node);
    return turn === undefined ? null : apply(toHostOp, inputs, { turn });
  });
}

/** Copies for the host in their turns. */
export function sentIn(order: readonly Tensor[]): Tensor[] {
  return order.filter((node) => is(toHostOp, node)).sort((a, b) => a.attrs.turn - b.attrs.turn);
}

/** For each copy for the host, the one before. */
export function turnsAhead(sent: readonly Tensor[]): Ahead {
  return new Map(sent.slice(1).map((node, i) => [node, sent[i]]));
}

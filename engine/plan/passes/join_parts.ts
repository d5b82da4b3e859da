import { type Ahead, inOrder, rewrite } from "../../graph/graph.ts";
import { apply, type Family, type Tensor } from "../../graph/node.ts";
import { type BatchNormSumsAttrs, batchNormSumsOp } from "../../ops/norm/batch_norm_sums.ts";
import { batchNormTrainingGradOp, batchNormTrainingOp } from "../../ops/norm/batch_norm_training.ts";
import { channelMomentsOp } from "../../ops/norm/channel_moments.ts";
import { fewParts, momentParts, toldMoments } from "../../ops/norm/moment_parts.ts";
import { sumParts, toldSums } from "../../ops/norm/sum_parts.ts";
import { is } from "./is.ts";
import { sentIn, turnsAhead } from "./take_turns.ts";

/**
 * Lets norms join the parts of their moments, and norms' gradients those of their sums, where a tensor is divided into
 * few parts: the kernel that joins them goes. Whatever else reads moments or sums is told them by the norm or gradient,
 * and so comes after it.
 *
 * The `tile` family makes many parts, and has no binding left for what is told on adapters that allow 8 buffers.
 */
export function joinParts(outputs: readonly Tensor[], family: Family): Tensor[] {
  if (family === "tile") return [...outputs];
  const joiners = joinersOf(outputs, family);
  // Moments and sums as they are now, and who tells them: first the joiners stop reading them, then the others are told.
  const ahead = new Map<Tensor, Tensor>();
  const apart = rewrite(outputs, (node, inputs) => {
    const total = joiners.get(node);
    if (!total) return null;
    const parts = fewParts(node.shape, family)!;
    if (is(batchNormTrainingOp, node)) {
      const [x, gamma, beta, moments, ...rest] = inputs;
      const made = apply(batchNormTrainingOp, [x, gamma, beta, momentParts(x, parts), ...rest], {
        ...node.attrs,
        parts,
      });
      ahead.set(moments, made);
      return made;
    }
    const [dy, x, gamma, moments, sums, ...rest] = inputs;
    const found = sumParts(sums.inputs, sums.attrs as BatchNormSumsAttrs, parts);
    const attrs = { ...(node as Tensor<{ eps: number; masked: boolean }>).attrs, parts };
    const made = apply(batchNormTrainingGradOp, [dy, x, gamma, moments, found, ...rest], attrs);
    ahead.set(sums, made);
    return made;
  });
  const before = new Map([...ahead, ...turnsAhead(sentIn(inOrder(apart)))]);
  const order = inOrder(apart, before);
  if (isRound(order, before)) return [...outputs];
  const read = new Set(order);
  const telling = new Set([...ahead].flatMap(([total, made]) => read.has(total) ? [made] : []));
  return rewrite(apart, (node, inputs, joiner) => {
    if (telling.has(node)) return apply(node.op, inputs, { ...node.attrs as object, tells: true });
    if (!joiner) return null;
    if (is(batchNormSumsOp, node)) {
      return toldSums(joiner, joiner.inputs[4], joiner.inputs[3], node.attrs.eps!);
    }
    return toldMoments(joiner, joiner.inputs[3], fewParts(joiner.shape, family)!);
  }, ahead);
}

/** Norms and norms' gradients that can join parts, each with its moments or sums. */
function joinersOf(outputs: readonly Tensor[], family: Family): Map<Tensor, Tensor> {
  const order = inOrder(outputs);
  const at = new Map(order.map((node, i) => [node, i]));
  const joiners = new Map<Tensor, Tensor>();
  const taken = new Set<Tensor>();
  for (const node of order) {
    const total = totalOf(node);
    if (!total || taken.has(total) || !fewParts(node.shape, family)) continue;
    if (reaches(node.inputs.filter((input) => input !== total), total, at)) continue;
    joiners.set(node, total);
    taken.add(total);
  }
  return joiners;
}

/** The moments or sums that a node can join from their parts, of the very tensors that it reads. */
function totalOf(node: Tensor): Tensor | null {
  if (is(batchNormTrainingOp, node)) {
    const [x, , , moments] = node.inputs;
    return is(channelMomentsOp, moments) && moments.inputs[0] === x ? moments : null;
  }
  if (!is(batchNormTrainingGradOp, node)) return null;
  const [dy, x, , moments, sums] = node.inputs;
  if (!is(batchNormSumsOp, sums) || sums.attrs.eps !== node.attrs.eps) return null;
  const own = [dy, x, moments];
  return own.every((input, n) => sums.inputs[n] === input) && sums.attrs.masked === node.attrs.masked
    ? sums
    : null;
}

/** Tells if one of some tensors is computed from another tensor. @param at Places in an order of the graph. */
function reaches(from: readonly Tensor[], target: Tensor, at: ReadonlyMap<Tensor, number>): boolean {
  const least = at.get(target)!;
  const seen = new Set<Tensor>();
  const stack = [...from];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node === target) return true;
    if (seen.has(node) || at.get(node)! < least) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  return false;
}

/** Tells if some tensor stands before one that it is computed from, or that is to stand ahead of it. */
function isRound(order: readonly Tensor[], ahead: Ahead): boolean {
  const seen = new Set<Tensor>();
  return order.some((node) => {
    seen.add(node);
    const before = ahead.get(node);
    return !node.inputs.every((input) => seen.has(input)) || before && !seen.has(before);
  });
}

import { inOrder, memoryOf, rewrite } from "../../graph/graph.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import type { ParameterLayout } from "../../graph/parameter_layout.ts";
import { batchNormTrainingOp } from "../../ops/norm/batch_norm_training.ts";
import { type RunningMomentsAttrs, runningMomentsOp } from "../../ops/effects/running_moments.ts";
import { is } from "./is.ts";

/**
 * Lets norms move the running estimates of their channels, instead of updates that read the norms' moments again.
 *
 * An update comes last in a step, so that whatever else reads an estimate sees its value from before the step. A norm
 * comes early: it moves estimates only where nothing else reads a tensor of their store, and one update writes each.
 *
 * @param outputs Outputs and updates of a plan. @param stores Stores of its parameters.
 * @returns The outputs, and the updates that are left.
 */
export function moveInNorms(outputs: readonly Tensor[], stores: readonly ParameterLayout[]): Tensor[] {
  const order = inOrder(outputs);
  const isAlone = aloneIn(order, outputs, stores);
  const norms = new Map<Tensor, Tensor>();
  for (const node of order) {
    if (is(batchNormTrainingOp, node) && !norms.has(node.inputs[3])) norms.set(node.inputs[3], node);
  }
  const movers = new Map<Tensor, Tensor<RunningMomentsAttrs>>();
  for (const update of outputs) {
    if (!is(runningMomentsOp, update)) continue;
    const [mean, variance, moments] = update.inputs;
    const norm = norms.get(moments);
    if (norm && !movers.has(norm) && isAlone(mean) && isAlone(variance)) movers.set(norm, update);
  }
  const moved = new Set<Tensor>(movers.values());
  return rewrite(outputs.filter((output) => !moved.has(output)), (node, inputs) => {
    const update = movers.get(node);
    if (!update) return null;
    const [mean, variance] = update.inputs;
    return apply(batchNormTrainingOp, [...inputs, mean, variance], {
      ...(node as Tensor<{ eps: number; residual: boolean; relu: boolean }>).attrs,
      moves: update.attrs,
    });
  });
}

/** Tells if a parameter is in a store of which running moments alone read tensors, each its own two. */
function aloneIn(
  order: readonly Tensor[],
  outputs: readonly Tensor[],
  stores: readonly ParameterLayout[],
): (parameter: Tensor) => boolean {
  const storeOf = (tensor: Tensor) => stores.find((store) => store.offsetOf(tensor) !== null);
  const shared = new Set(outputs.map((output) => storeOf(memoryOf(output))));
  const moved = new Map<Tensor, number>();
  for (const node of order) {
    node.inputs.forEach((input, n) => {
      const isMoved = is(runningMomentsOp, node) && n < 2;
      if (isMoved) moved.set(input, (moved.get(input) ?? 0) + 1);
      else shared.add(storeOf(memoryOf(input)));
    });
  }
  return (parameter) => moved.get(parameter) === 1 && !shared.has(storeOf(parameter));
}

import { inOrder, rewrite, usersOf } from "../../graph/graph.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";
import type { StridedView } from "../../kernel/view.ts";
import { addOp } from "../../ops/arithmetic/add.ts";
import { addViews } from "../../ops/arithmetic/add_views.ts";
import { depthToSpaceOp, squaresView } from "../../ops/conv/depth_to_space.ts";
import { dilatedView, dilateOp } from "../../ops/conv/dilate.ts";
import { shortcutOp, shortcutView } from "../../ops/conv/shortcut.ts";
import { batchNormTrainingOp } from "../../ops/norm/batch_norm_training.ts";
import { is } from "./is.ts";

/**
 * Lets kernels that add images read them before their pixels are moved, so that the moved images are neither written
 * nor read again: a norm the images of a strided shortcut, and on the way back a sum what comes through the shortcut
 * and through a strided convolution.
 */
export function addFromViews(outputs: readonly Tensor[]): Tensor[] {
  const users = usersOf(inOrder(outputs));
  const readOnce = (node: Tensor) => users.get(node)!.length === 1 && !outputs.includes(node);
  return rewrite(outputs, (node, inputs) => {
    const viewOf = (n: number) => inputs[n] && readOnce(node.inputs[n]) ? movedView(inputs[n]) : null;
    if (is(batchNormTrainingOp, node)) {
      const view = node.attrs.residual ? viewOf(4) : null;
      // In f16 the norm's format is that of its largest inputs: it stays where the convolution before is in f16 anyway.
      if (!view || inputs[0].op.autocast !== "f16" || outputs.includes(node.inputs[0])) return null;
      const source = inputs[4].inputs[0];
      return apply(batchNormTrainingOp, inputs.with(4, source), {
        ...node.attrs,
        seen: { tensor: inputs[4], view },
      });
    }
    if (!is(addOp, node) || !inputs.every(({ shape }) => sameShape(shape, node.shape))) return null;
    const addends = inputs.map((tensor, n) => ({ tensor, view: viewOf(n) }));
    if (addends.every(({ view }) => !view)) return null;
    return addViews(addends.map(({ tensor, view }) => view ? tensor.inputs[0] : tensor), addends);
  });
}

/** The input of an op that moves pixels, seen as the result; null for another op. */
function movedView(node: Tensor): StridedView | null {
  if (is(dilateOp, node)) return dilatedView(node);
  if (is(shortcutOp, node)) return shortcutView(node);
  return is(depthToSpaceOp, node) ? squaresView(node) : null;
}

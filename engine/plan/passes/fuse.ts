import { inOrder, rewrite, usersOf } from "../../graph/graph.ts";
import { apply, type Tensor } from "../../graph/node.ts";
import { addOp } from "../../ops/arithmetic/add.ts";
import { batchNormOp } from "../../ops/norm/batch_norm.ts";
import type { Conv2dAttrs } from "../../ops/conv/kernels/window.ts";
import { conv2dOp } from "../../ops/conv/conv2d.ts";
import { mul } from "../../ops/arithmetic/mul.ts";
import { packFilters, packFiltersOp } from "../../ops/conv/pack_filters.ts";
import { reluOp } from "../../ops/arithmetic/relu.ts";
import { sub } from "../../ops/arithmetic/sub.ts";
import { sameShape } from "../../kernel/shape.ts";

/**
 * Fuses `relu(batch_norm(conv2d(x)) + residual)`, and every part of it, into one convolution: the norm's factor goes
 * into the filters and its shift into the bias, residual and relu into the epilogue. Only a convolution that nothing
 * else reads is fused.
 */
export function fuse(outputs: readonly Tensor[]): Tensor[] {
  const users = usersOf(inOrder(outputs));
  const readOnce = (node: Tensor) => users.get(node)!.length === 1 && !outputs.includes(node);

  return rewrite(outputs, (node, inputs) => {
    const conv = (n: number): Tensor<Conv2dAttrs> | null =>
      inputs[n].op.name === conv2dOp.name && readOnce(node.inputs[n])
        ? inputs[n] as Tensor<Conv2dAttrs>
        : null;
    if (node.op.name === batchNormOp.name) {
      const into = conv(0);
      return into && plain(into) ? foldNorm(into, inputs) : null;
    }
    if (node.op.name === addOp.name) {
      for (const n of [0, 1]) {
        const into = conv(n);
        if (into && !into.attrs.residual && !into.attrs.relu && sameShape(inputs[1 - n].shape, into.shape)) {
          return apply(conv2dOp, [...into.inputs, inputs[1 - n]], { ...into.attrs, residual: true });
        }
      }
      return null;
    }
    const into = node.op.name === reluOp.name ? conv(0) : null;
    return into && !into.attrs.relu ? apply(conv2dOp, into.inputs, { ...into.attrs, relu: true }) : null;
  });
}

/** A convolution without an epilogue, its filters straight from a weight. */
function plain({ attrs, inputs: [, filters] }: Tensor<Conv2dAttrs>): boolean {
  return !attrs.bias && !attrs.residual && !attrs.relu &&
    filters.op.name === packFiltersOp.name && filters.inputs.length === 1;
}

function foldNorm(conv: Tensor<Conv2dAttrs>, [, scale, beta, mean]: readonly Tensor[]): Tensor {
  const { inputs: [weight], attrs: { groups } } = conv.inputs[1] as Tensor<{ groups: number }>;
  const filters = packFilters(weight, scale, groups);
  const shift = sub(beta, mul(mean, scale));
  return apply(conv2dOp, [conv.inputs[0], filters, shift], { ...conv.attrs, bias: true });
}

// In a network kernels read what other kernels wrote: for `lane`, textures. The inputs and outputs of a plan, which the
// host writes and reads, may be buffers. These ops stand between, so that a kernel is measured as in a network.

import { apply, defineOp, type Op, type Tensor } from "../../engine/graph/node.ts";
import { unaryOp } from "../../engine/ops/arithmetic/unary.ts";

/** Makes an op that copies its input, and reads it where the family's kernels read fastest. */
function moveOp(name: string): Op<null> {
  return defineOp({ ...unaryOp<null>(name, { value: (x) => x, formula: "a" }), wants: ["fast"] });
}

const inPlaceOp = moveOp("in_place");

const sinkOp = moveOp("sink");

/** Copies x to where the family's kernels read fastest. */
export function inPlace(x: Tensor): Tensor {
  return apply(inPlaceOp, [x], null);
}

/** Copies x to an output; x stays where the family's kernels read fastest. */
export function sink(x: Tensor): Tensor {
  return apply(sinkOp, [x], null);
}

/** Tells whether a step only moves values for the measurement. */
export function isMove(node: Tensor): boolean {
  return ["in_place", "sink", "copy"].includes(node.op.name);
}

// Kernels are measured between other kernels, as in a network: their operands in the family's fast place, which for
// `lane` are textures. Inputs and outputs of a plan, which the host reads and writes, may be elsewhere.

import { apply, defineOp, type Op, type Tensor } from "../../engine/graph/node.ts";
import { unaryOp } from "../../engine/ops/arithmetic/unary.ts";

/** A kernel that reads values in the fast place and writes them again. */
function moveOp(name: string): Op<null> {
  return defineOp({ ...unaryOp<null>(name, { value: (x) => x, formula: "a" }), wants: ["fast"] });
}

const inPlaceOp = moveOp("in_place");

const sinkOp = moveOp("sink");

/** The same values, computed into the fast place. */
export function inPlace(x: Tensor): Tensor {
  return apply(inPlaceOp, [x], null);
}

/** An output that reads its input in the fast place. */
export function sink(x: Tensor): Tensor {
  return apply(sinkOp, [x], null);
}

/** Whether a step only moves values for the measurement. */
export function isMove(node: Tensor): boolean {
  return ["in_place", "sink", "copy"].includes(node.op.name);
}

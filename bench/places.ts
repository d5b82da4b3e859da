// Kernels are measured between other kernels, as in a network: their operands in the family's fast place, which for
// `lane` are textures. Inputs and outputs of a plan, which the host reads and writes, may be elsewhere.

import { apply, defineOp, type Op } from "../engine/op.ts";
import { copyOp } from "../engine/ops/copy.ts";
import type { Tensor } from "../engine/tensor.ts";

const inPlaceOp: Op<null> = defineOp({ ...copyOp, name: "in_place", wants: ["fast"] });

const sinkOp: Op<null> = defineOp({ ...copyOp, name: "sink", wants: ["fast"] });

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

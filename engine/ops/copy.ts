import code from "../../shaders/copy.wgsl" with { type: "text" };
import { apply, defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";

/** The same values in another place: the place pass puts it between a tensor and a kernel that wants it elsewhere. */
export const copyOp: Op<null> = defineOp({
  name: "copy",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (_, dy) => [dy],
  reference: (_, [x]) => x,
  lower: (node, context) => elementwise("copy", code, node, context, ["x"]),
});

/** A copy of x. */
export function copy(x: Tensor): Tensor {
  return apply(copyOp, [x], null);
}

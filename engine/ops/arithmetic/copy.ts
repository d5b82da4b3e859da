import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { unaryOp } from "./unary.ts";

/** The same values in another place. The place pass puts a copy between a tensor and a kernel that wants it elsewhere. */
const copyOp: Op<null> = {
  ...unaryOp<null>("copy", { value: (x) => x, formula: "a", gradient: (_, dy) => dy }),
  moves: true,
};

/** A copy of x. */
export function copy(x: Tensor): Tensor {
  return apply(copyOp, [x], null);
}

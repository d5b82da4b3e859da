import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../../engine/ops/arithmetic/scale.ts";
import { sub } from "../../../../engine/ops/arithmetic/sub.ts";
import { checkOp } from "../../check.ts";

// A scalar, less and more than a vector, below and above a workgroup of 64 vectors, images of odd and even channels.
const SHAPES = [[], [3], [4], [257], [7, 5], [65, 100], [2, 3, 5, 3], [2, 4, 4, 16]];

for (const shape of SHAPES) {
  checkOp("add", add, [shape, shape], { shape });
  checkOp("sub", sub, [shape, shape], { shape });
  checkOp("mul", mul, [shape, shape], { shape });
  checkOp("scale", (x) => scale(x, -0.3), [shape], { shape });
  checkOp("relu", relu, [shape], { shape });
}

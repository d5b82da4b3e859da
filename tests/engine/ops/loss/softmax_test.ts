import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { argmax } from "../../../../engine/ops/statistics/argmax.ts";
import { logSoftmax } from "../../../../engine/ops/loss/log_softmax.ts";
import { softmax } from "../../../../engine/ops/loss/softmax.ts";
import { input } from "../../../../engine/graph/source.ts";
import { checkOp, type Example } from "../../check.ts";

// One class, around a vector, more than a workgroup of vectors; one row, around a workgroup of rows.
for (const shape of [[1, 1], [1, 5], [17, 3], [16, 4], [65, 100], [5, 1000]]) {
  const logits: Example = { shape, range: [-5, 5] };
  checkOp("softmax", softmax, [logits], { shape });
  checkOp("logSoftmax", logSoftmax, [logits], { shape });
  // Whole numbers, so that rows have ties.
  const ranks = Array.from({ length: shape[0] * shape[1] }, (_, i) => (i * i) % 7);
  checkOp("argmax", argmax, [{ shape, values: ranks }], { shape: [shape[0]], gradient: false });
}

// Differences of 160: exp would overflow, and all but one class underflow. f32 logits near 80 carry 4e-6 each.
const large: Example = { shape: [9, 6], range: [-80, 80] };
checkOp("softmax of large logits", softmax, [large], { absolute: 1e-5 });
checkOp("logSoftmax of large logits", logSoftmax, [large], { absolute: 1e-5 });

Deno.test("softmax, logSoftmax and argmax refuse what is no matrix", () => {
  for (const op of [softmax, logSoftmax, argmax]) {
    assertThrows(() => op(input("x", [3])), ShapeError, "wants the shape [1, C]");
  }
});

import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { hits } from "../../../../engine/ops/loss/hits.ts";
import { softmaxNll } from "../../../../engine/ops/loss/softmax_nll.ts";
import { input } from "../../../../engine/graph/source.ts";
import { checkOp, type Example } from "../../check.ts";

// One class, around a vector, more than a workgroup of vectors; one row, around a workgroup of rows.
for (const shape of [[1, 1], [1, 5], [17, 3], [16, 4], [64, 100], [5, 1000], [300, 7]]) {
  const [rows, classes] = shape;
  const logits: Example = { shape, range: [-5, 5] };
  const labels: Example = { shape: [rows], dtype: "u32", range: [0, classes] };
  const prior: Example = { shape: [classes], range: [-6, 0] };
  checkOp("softmaxNll", (z, y) => softmaxNll(z, y, null), [logits, labels], { shape: [rows] });
  checkOp("softmaxNll with a prior", softmaxNll, [logits, labels, prior], { shape: [rows] });
  // Whole numbers, so that rows have ties.
  const ranks: Example = { shape, values: Array.from({ length: rows * classes }, (_, i) => (i * i) % 7) };
  checkOp("hits", hits, [ranks, labels], { shape: [rows], gradient: false });
}

// Differences of 160: exp would overflow, and all but one class underflow. f32 logits near 80 carry 4e-6 each.
const large: Example = { shape: [9, 6], range: [-80, 80] };
const labels: Example = { shape: [9], dtype: "u32", range: [0, 6] };
checkOp("softmaxNll of large logits", (z, y) => softmaxNll(z, y, null), [large, labels], { absolute: 1e-5 });

Deno.test("softmaxNll and hits refuse labels and priors that do not fit", () => {
  const logits = input("logits", [4, 3]);
  const labels = input("labels", [4], "u32");
  assertThrows(() => softmaxNll(logits, input("labels", [5], "u32"), null), ShapeError, "labels of another");
  assertThrows(() => softmaxNll(logits, input("labels", [4]), null), ShapeError, "labels u32 [B]");
  assertThrows(() => softmaxNll(logits, labels, input("prior", [4])), ShapeError, "a prior of other classes");
  assertThrows(() => hits(logits, input("labels", [3], "u32")), ShapeError, "labels of another batch");
});

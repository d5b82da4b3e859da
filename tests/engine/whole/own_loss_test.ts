// What a user does with the engine's ops: losses that it does not have, in plain TypeScript, with their gradients.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { inOrder } from "../../../engine/graph/graph.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import {
  add,
  concat,
  div,
  exp,
  grad,
  greater,
  input,
  l2Normalize,
  log,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  mean,
  mul,
  neg,
  oneHot,
  pow,
  scale,
  softmax,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
} from "../../../engine/mod.ts";
import { checkOp, type Example } from "../check.ts";

const BATCH = 9;
const CLASSES = 7;
const logits: Example = { shape: [BATCH, CLASSES], range: [-3, 3] };
const labels: Example = { shape: [BATCH], dtype: "u32", range: [0, CLASSES] };

/** Focal loss, `-mean (1 - p_y)^2 log p_y` (Lin et al., ICCV 2017). */
function focal(z: Tensor, y: Tensor): Tensor {
  const logP = sum(mul(logSoftmax(z), oneHot(y, CLASSES)), -1);
  return neg(mean(mul(pow(sub(1, exp(logP)), 2), logP)));
}

/** LDAM, cross-entropy of `30 (cos - margin_y at y)` (Cao et al., NeurIPS 2019), over a cosine classifier. */
function ldam(features: Tensor, weight: Tensor, y: Tensor, margins: Tensor): Tensor {
  const cosines = matmul(l2Normalize(features), transpose(l2Normalize(weight)));
  const own = oneHot(y, CLASSES);
  const z = scale(sub(cosines, mul(own, margins)), 30);
  return mean(sub(logSumExp(z), sum(mul(z, own), -1)));
}

/** Supervised contrast between samples of a batch: the others of one's class against all others. */
function contrast(features: Tensor, y: Tensor): Tensor {
  const f = l2Normalize(features);
  const others = sub(1, identity(BATCH));
  const scores = div(matmul(f, transpose(f)), 0.2);
  // The largest score is taken off, so that no exp overflows; it cancels out, so its own gradient is not needed.
  const lifted = sub(scores, stopGradient(max(scores, -1, { keepDims: true })));
  const total = log(sum(mul(exp(lifted), others), -1, { keepDims: true }));
  const own = oneHot(y, CLASSES);
  const same = mul(matmul(own, transpose(own)), others);
  const count = sum(same, -1);
  const each = div(sum(mul(same, sub(total, lifted)), -1), add(count, greater(1, count)));
  return mean(each);
}

function identity(n: number): Tensor {
  return tensor(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j))));
}

checkOp("focal loss", focal, [logits, labels], { shape: [] });
const margins: Example = { shape: [CLASSES], range: [0.1, 0.5], gradient: false };
checkOp("LDAM", ldam, [[BATCH, 5], [CLASSES, 5], labels, margins], {
  shape: [],
  relative: 3e-5,
  // Thirty times the cosines go into exponentials, and so do thirty times their rounding errors.
  f16: { relative: 30 * 2 ** -11 },
});
checkOp("supervised contrast", contrast, [[BATCH, 6], labels], { shape: [], relative: 3e-5 });
checkOp(
  "a parametric centre beside the samples",
  (z, centres, f) => {
    const all = concat([z, scale(matmul(f, transpose(centres)), 5)], -1);
    return mean(logSumExp(all));
  },
  [logits, [4, 6], [BATCH, 6]],
  { shape: [] },
);

Deno.test("valueAndGrad of a function and of a loss is the loss and what grad gives", () => {
  const [z, y] = [input("z", [BATCH, CLASSES]), input("y", [BATCH], "u32")];
  const loss = focal(z, y);
  const ofLoss = valueAndGrad(loss, [z]);
  const ofFunction = valueAndGrad((logits) => focal(logits, y), [z]);
  assert(ofLoss.value === loss);
  const feeds = new Map<Tensor, number[]>([
    [z, Array.from({ length: BATCH * CLASSES }, (_, i) => i % 5 - 2)],
    [y, Array.from({ length: BATCH }, (_, i) => i % CLASSES)],
  ]);
  const expected = interpret([loss, ...grad(loss, [z])], feeds);
  assertEquals(interpret([ofLoss.value, ...ofLoss.gradients], feeds), expected);
  assertEquals(interpret([ofFunction.value, ...ofFunction.gradients], feeds), expected);
});

Deno.test("nothing flows back through stopGradient", () => {
  const x = input("x", [3]);
  const at = new Map([[x, [1, 2, 3]]]);
  const [dx] = grad(sum(mul(x, stopGradient(mul(x, x)))), [x]);
  assertEquals([...interpret([dx], at)[0]], [1, 4, 9]);
  // Not even through an op that has no gradient, above or below the stop.
  const hard = stopGradient(softmax(scale(input("z", [2, 3]), 5)));
  assertThrows(() => grad(sum(hard), [inOrder([hard])[0]]), TypeError, "not on a differentiable way");
});

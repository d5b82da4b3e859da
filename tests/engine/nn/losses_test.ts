import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { balancedSoftmax, crossEntropy, gmlLoss } from "../../../engine/nn/losses.ts";
import { gather } from "../../../engine/ops/shape/gather.ts";
import { gml } from "../../../engine/ops/loss/gml.ts";
import { input } from "../../../engine/graph/source.ts";
import { weightedMean } from "../../../engine/ops/statistics/weighted_mean.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import type { Numbers } from "../examples.ts";
import { seedOf, uniform } from "../random.ts";

const labelled = (batch: number, classes: number): Example => ({
  shape: [batch],
  dtype: "u32",
  range: [0, classes],
});

for (const batch of [1, 3, 64, 65, 300]) {
  const weights: Example = { shape: [batch], range: [0.1, 2], gradient: false };
  checkOp("weightedMean", weightedMean, [{ shape: [batch], range: [0, 3] }, weights], { shape: [] });
}
for (const batch of [1, 4, 65]) {
  checkOp("gather", gather, [[7], labelled(batch, 7)], { shape: [batch] });
}

for (const [batch, classes] of [[1, 1], [1, 5], [63, 3], [64, 100], [65, 4], [128, 10], [300, 1000]]) {
  const nll: Example = { shape: [batch], range: [0.01, 6] };
  checkOp(`gml over ${classes} classes`, gml, [nll, labelled(batch, classes)], { shape: [] });
}
checkOp("gml of a long batch", gml, [{ shape: [4096], range: [0.01, 6] }, labelled(4096, 300)]);

const cases: Record<string, number[]> = {
  "one sample per class": [3, 0, 2, 1, 4, 5],
  "one class": [2, 2, 2, 2, 2, 2],
  "absent classes": [1, 1, 4, 4, 4, 1],
};
for (const [name, labels] of Object.entries(cases)) {
  const logits: Example = { shape: [6, 6], range: [-5, 5] };
  const prior: Example = { shape: [6], range: [0, 5], gradient: false };
  checkOp(`gmlLoss, ${name}`, gmlLoss, [logits, { shape: [6], dtype: "u32", values: labels }, prior]);
}

// nll above 11.52 is a probability below 1e-5: such samples count in the mean but do not pull.
const beyond = [12, 0.5, 20, 90, 11.4, 11.6];
for (const labels of [[0, 0, 1, 1, 2, 2], [0, 1, 0, 0, 2, 0]]) {
  const examples: Example[] = [{ shape: [6], values: beyond }, { shape: [6], dtype: "u32", values: labels }];
  checkOp(`gml below 1e-5, classes ${labels.join(" ")}`, gml, examples);
}

// Rounding may give a probability above 1; the central differences of the clamp are no gradient there.
checkOp("gml where a probability is above 1", gml, [
  { shape: [5], values: [-0.5, 0.3, -0.1, -2, 1], gradient: false },
  { shape: [5], dtype: "u32", values: [0, 0, 1, 1, 1] },
]);

for (const [batch, classes] of [[1, 1], [65, 3], [128, 100]]) {
  const logits: Example = { shape: [batch, classes], range: [-5, 5] };
  const labels = labelled(batch, classes);
  const table: Example = { shape: [classes], range: [0.1, 5], gradient: false };
  checkOp("crossEntropy", (z, y) => crossEntropy(z, y), [logits, labels], { shape: [] });
  checkOp("crossEntropy, weighted", (z, y, weights) => crossEntropy(z, y, { weights }), [
    logits,
    labels,
    table,
  ]);
  checkOp("balancedSoftmax", balancedSoftmax, [logits, labels, table], { shape: [] });
  checkOp("gmlLoss", gmlLoss, [logits, labels, table], { shape: [] });
}
// Differences of 160 between logits; f32 logits near 80 carry 4e-6 each.
const large: Example = { shape: [9, 6], range: [-80, 80] };
const prior: Example = { shape: [6], range: [0, 5], gradient: false };
checkOp("gmlLoss of large logits", gmlLoss, [large, labelled(9, 6), prior], { absolute: 1e-5 });

Deno.test("gmlLoss of 10,000 classes: 512 rows, their gradients, in both families", async () => {
  const [rows, classes] = [512, 10_000];
  const logits = input("logits", [rows, classes]);
  const [labels, prior] = [input("labels", [rows], "u32"), input("prior", [classes])];
  const loss = gmlLoss(logits, labels, prior);
  const outputs = { loss, gradient: grad(loss, [logits])[0] };
  const next = uniform(seedOf("gml of 10,000 classes"));
  const feeds = new Map<Tensor, Numbers>([
    [logits, Float32Array.from({ length: logits.size }, () => 10 * next() - 5)],
    // Some classes have several images, the last of all among them; most have none.
    [
      labels,
      Uint32Array.from({ length: rows }, (_, i) => i % 3 ? (i * 7919) % classes : classes - 1 - i % 9),
    ],
    [prior, Float32Array.from({ length: classes }, (_, c) => -6 * c / classes)],
  ]);
  const [value, gradient] = interpret(Object.values(outputs), feeds);
  for (const family of FAMILIES) {
    const actual = await evaluate(await deviceOf(family), outputs, feeds);
    assertClose(`${family} loss`, actual.loss, value);
    assertClose(`${family} gradient`, actual.gradient, gradient);
  }
});

Deno.test("losses refuse what does not fit", () => {
  const nll = input("nll", [4]);
  assertThrows(() => gml(nll, input("labels", [5], "u32")), ShapeError, "labels of another batch");
  assertThrows(() => weightedMean(nll, input("weights", [5])), ShapeError, "one per sample");
  assertThrows(() => gather(nll, input("labels", [4])), ShapeError, "indices u32 [B]");
  const logits = input("logits", [4, 3]);
  const labels = input("labels", [4], "u32");
  assertThrows(() => gmlLoss(logits, labels, input("prior", [5])), ShapeError, "a prior of other classes");
});

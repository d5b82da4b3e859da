// Focal loss, LDAM and label-aware smoothing: by central differences, as PyTorch, and where their formulas end.

import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { interpret } from "../../../engine/graph/interpret.ts";
import {
  constant,
  crossEntropy,
  focalLoss,
  grad,
  input,
  labelAwareSmoothing,
  ldamLoss,
  ldamMargins,
  scale,
  ShapeError,
  smoothingFactors,
  type Tensor,
} from "../../../engine/mod.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { type TorchCase, torchCases } from "../torch_cases.ts";

for (const [batch, classes] of [[1, 1], [7, 5], [65, 10]]) {
  const logits: Example = { shape: [batch, classes], range: [-3, 3] };
  const cosines: Example = { shape: [batch, classes], range: [-1, 1] };
  const labels: Example = { shape: [batch], dtype: "u32", range: [0, classes] };
  const table: Example = { shape: [classes], range: [0.1, 0.5], gradient: false };
  // One class alone is always right: a loss of 0 at the bound of what focalLoss calls a miss.
  if (classes > 1) {
    checkOp("focalLoss", (z, y) => focalLoss(z, y, { gamma: 2 }), [logits, labels], { shape: [] });
    checkOp("focalLoss, weighted", (z, y, weights) => focalLoss(z, y, { gamma: 0.5, weights }), [
      logits,
      labels,
      table,
    ], { shape: [] });
  }
  checkOp("ldamLoss", (z, y, m) => ldamLoss(scale(z, 30), y, m), [cosines, labels, table], {
    shape: [],
    relative: 3e-5,
  });
  checkOp("ldamLoss, weighted", (z, y, m, weights) => ldamLoss(scale(z, 5), y, m, { scale: 5, weights }), [
    cosines,
    labels,
    table,
    table,
  ], { shape: [] });
  checkOp("labelAwareSmoothing", labelAwareSmoothing, [logits, labels, table], { shape: [] });
}

const table = (values: Float32Array) => constant([...values], [values.length]);

function lossOf({ attributes, tensors }: TorchCase, logits: Tensor, labels: Tensor): Tensor {
  const counts = tensors.get("counts")!.data;
  const weights = attributes.weighted ? table(counts.map((count) => 1 / count)) : undefined;
  const { gamma, scale: s, largest, head, tail } = attributes;
  const losses: Record<string, () => Tensor> = {
    "focal": () => focalLoss(logits, labels, { gamma, weights }),
    "ldam": () =>
      ldamLoss(scale(logits, s), labels, table(ldamMargins(counts, largest)), { scale: s, weights }),
    "las": () => labelAwareSmoothing(logits, labels, table(smoothingFactors(counts, head, tail))),
  };
  return losses[attributes.op]();
}

for (const op of ["focal", "ldam", "las"]) {
  for (const each of torchCases(op, "long_tail_losses.safetensors")) {
    Deno.test(`${each.name} as PyTorch`, async () => {
      const [z, y] = ["logits", "labels"].map((name) => each.tensors.get(name)!);
      const logits = input("logits", z.shape);
      const labels = input("labels", y.shape, "u32");
      const feeds = new Map<Tensor, Float32Array | Uint32Array>(
        [[logits, z.data], [labels, Uint32Array.from(y.data)]],
      );
      const loss = lossOf(each, logits, labels);
      const outputs = { loss, grad_logits: grad(loss, [logits])[0] };
      for (const family of FAMILIES) {
        const actual = await evaluate(await deviceOf(family), outputs, feeds);
        for (const [key, values] of Object.entries(actual)) {
          assertClose(`${family} ${key}`, values, each.tensors.get(key)!.data);
        }
      }
    });
  }
}

Deno.test("a focal loss of samples that are right beyond float32 is 0 and its gradient finite", async () => {
  const logits = input("logits", [2, 3]);
  const labels = input("labels", [2], "u32");
  const feeds = new Map<Tensor, Float32Array | Uint32Array>(
    [[logits, Float32Array.of(90, 0, 0, 0, 40, 0)], [labels, Uint32Array.of(0, 1)]],
  );
  for (const gamma of [0, 0.5, 1, 2]) {
    const loss = focalLoss(logits, labels, { gamma });
    const outputs = { loss, slope: grad(loss, [logits])[0] };
    for (const family of FAMILIES) {
      const { loss, slope } = await evaluate(await deviceOf(family), outputs, feeds);
      assertAlmostEquals(loss[0], 0, 1e-6);
      assert(slope.every((value) => Math.abs(value) < 1e-6), `gamma ${gamma}: ${slope}`);
    }
  }
});

Deno.test("at the ends of their parameters the losses are cross-entropy", () => {
  const logits = input("logits", [3, 2]);
  const labels = input("labels", [3], "u32");
  const none = constant([0, 0], [2]);
  const feeds = new Map<Tensor, number[]>([[logits, [1, -1, 0.5, 2, -0.3, 0.1]], [labels, [0, 1, 0]]]);
  const [expected, ...others] = interpret([
    crossEntropy(logits, labels),
    focalLoss(logits, labels, { gamma: 0 }),
    ldamLoss(logits, labels, none, { scale: 1 }),
    labelAwareSmoothing(logits, labels, none),
  ], feeds);
  for (const other of others) assertAlmostEquals(other[0], expected[0], 1e-12);
});

Deno.test("a focal loss takes a miss as at least the step of float32 below 1", () => {
  const logits = input("logits", [1, 2]);
  const labels = input("labels", [1], "u32");
  const of = (gamma: number, difference: number) => {
    const feeds = new Map<Tensor, number[]>([[logits, [difference, 0]], [labels, [0]]]);
    return interpret([focalLoss(logits, labels, { gamma })], feeds)[0][0];
  };
  for (const gamma of [0.5, 1]) {
    for (const difference of [16, 20]) {
      const nll = Math.log1p(Math.exp(-difference));
      const miss = Math.max(-Math.expm1(-nll), 2 ** -24); // at 16 above that step
      const expected = miss ** gamma * nll;
      assertAlmostEquals(of(gamma, difference) / expected, 1, 1e-3);
    }
  }
});

Deno.test("what does not fit is refused and not repeated", () => {
  const logits = input("logits", [4, 3]);
  const labels = input("labels", [4], "u32");
  const one = input("labels of one", [1], "u32");
  const unfit = [
    [[4, 3], [4], [1]],
    [[4, 3], [4], [4]],
    [[4, 3], [4], [1, 3]],
    [[4, 3], [1], [3]],
    [[4, 3], [4, 1], [3]],
    [[4, 3, 1], [4], [3]],
    [[4, 3, 3], [4], [3]],
    [[3], [3], [1]],
  ];
  for (const [z, y, table] of unfit) {
    const given = [input("logits", z), input("labels", y, "u32"), input("table", table)] as const;
    for (const loss of [ldamLoss, labelAwareSmoothing]) {
      assertThrows(() => loss(...given), ShapeError, "a value for each class [C]");
    }
  }
  assertThrows(() => focalLoss(logits, one, { gamma: 2 }), ShapeError, "labels of another batch");
  for (const gamma of [-1, -1e-9, Infinity, NaN]) {
    assertThrows(() => focalLoss(logits, labels, { gamma }), RangeError, "a gamma of at least 0");
  }
});

// The table of losses: each name makes its loss, and lambda * GML + LAS is the sum of its parts and as PyTorch's.

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  add,
  balancedSoftmax,
  constant,
  crossEntropy,
  focalLoss,
  gmlLoss,
  grad,
  input,
  interpret,
  labelAwareSmoothing,
  ldamLoss,
  scale,
  smoothingFactors,
  type Tensor,
} from "../../../engine/mod.ts";
import { losses, type LossName, lossNames } from "../../../train/config/schema/losses.ts";
import { loadConfig, loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { checkOp, deviceOf, evaluate, FAMILIES } from "../../engine/check.ts";
import { assertClose } from "../../engine/close.ts";
import { torchCases } from "../../engine/torch_cases.ts";

const defaults = { gamma: 2, lambda: 1, smoothing: { head: 0.4, tail: 0.1 }, margin: 0.5 };

// Classes 1 and 4 of 5 are absent from one batch or another; [1, 5] has one class alone.
for (const [batch, lambda] of [[1, 1], [7, 1], [33, 0.25]]) {
  const counts = Uint32Array.of(500, 200, 60, 20, 5);
  checkOp(
    `gml+las, lambda ${lambda}`,
    (logits, labels) => losses["gml+las"].of({ ...defaults, logits, labels, counts, lambda }),
    [{ shape: [batch, 5], range: [-3, 3] }, { shape: [batch], dtype: "u32", range: [0, 5] }],
    { shape: [] },
  );
}

for (const { name, attributes, tensors } of torchCases("gml_las", "long_tail_losses.safetensors")) {
  const { factor: lambda, head, tail } = attributes;
  const logits = input("logits", tensors.get("logits")!.shape);
  const labels = input("labels", tensors.get("labels")!.shape, "u32");
  const counts = Uint32Array.from(tensors.get("counts")!.data);
  const loss = losses["gml+las"].of({
    ...defaults,
    logits,
    labels,
    counts,
    lambda,
    smoothing: { head, tail },
  });
  const outputs = { loss, grad_logits: grad(loss, [logits])[0] };
  const feeds = new Map<Tensor, Float32Array | Uint32Array>([
    [logits, tensors.get("logits")!.data],
    [labels, Uint32Array.from(tensors.get("labels")!.data)],
  ]);

  Deno.test(`${name} as PyTorch`, async () => {
    for (const family of FAMILIES) {
      const actual = await evaluate(await deviceOf(family), outputs, feeds);
      for (const [key, values] of Object.entries(actual)) {
        assertClose(`${family} ${key}`, values, tensors.get(key)!.data);
      }
    }
  });

  Deno.test(`${name} is lambda * GML + LAS, value and gradient, in float64`, () => {
    const table = (values: ArrayLike<number>) => constant(Array.from(values), [values.length]);
    const gml = gmlLoss(logits, labels, table(Array.from(counts, Math.log)));
    const las = labelAwareSmoothing(logits, labels, table(smoothingFactors(counts, head, tail)));
    const both = (tensors: Tensor[]) => interpret(tensors, feeds);
    const [[ofGml], [ofLas], [value]] = both([gml, las, loss]);
    assertAlmostEquals(value, lambda * ofGml + ofLas, 1e-12);
    const [slopes, gmlSlopes, lasSlopes] = both([loss, gml, las].map((of) => grad(of, [logits])[0]));
    slopes.forEach((slope, i) => assertAlmostEquals(slope, lambda * gmlSlopes[i] + lasSlopes[i], 1e-12));
    assert(gmlSlopes.some((slope) => Math.abs(slope) > 1e-3) || name.endsWith("_sure"), "no slope of GML");
  });
}

Deno.test("a config's words make their losses, in both commands alike", async () => {
  const logits = constant([1, -1, 0.5, 2, -0.3, 0.1], [3, 2]);
  const labels = input("labels", [3], "u32");
  const counts = Uint32Array.of(50, 5);
  const prior = constant([Math.log(50), Math.log(5)], [2]);
  const las = (head: number, tail: number) =>
    labelAwareSmoothing(logits, labels, constant([head, tail], [2]));
  const gml = gmlLoss(logits, labels, prior);
  const cases: [LossName, string[], Tensor][] = [
    ["ce", [], crossEntropy(logits, labels)],
    ["ce-weighted", [], crossEntropy(logits, labels, { weights: constant([0.1, 1], [2]) })],
    ["balanced-softmax", [], balancedSoftmax(logits, labels, prior)],
    ["gml", [], gml],
    ["focal", [], focalLoss(logits, labels, { gamma: 2 })],
    ["focal", ["gamma=0.5"], focalLoss(logits, labels, { gamma: 0.5 })],
    ["ldam", ["margin=0.4"], ldamLoss(logits, labels, constant([0.4 * 0.1 ** 0.25, 0.4], [2]))],
    ["las", [], las(0.4, 0.1)],
    ["las", ["smoothing={ head: 0.3, tail: 0 }"], las(0.3, 0)],
    ["gml+las", [], add(gml, las(0.4, 0.1))],
    ["gml+las", ["lambda=0.5", "smoothing.tail=0"], add(scale(gml, 0.5), las(0.4, 0))],
  ];
  for (const [name, keys, expected] of cases) {
    const head = `head=${name === "ldam" ? "cosine" : "linear"}`;
    const set = [head, `loss=${name}`, ...keys.map((key) => `loss.${key}`)];
    const finetune = await loadConfig(null, { set });
    const train = await loadConfigOf(trainingConfig, null, { set });
    assertEquals([finetune.loss.name, train.loss.name], [name, name]);
    for (const { gamma, lambda, smoothing, margin } of [finetune.loss, train.loss]) {
      const loss = losses[name].of({ logits, labels, counts, gamma, lambda, smoothing, margin });
      const [[actual], [wanted]] = interpret([loss, expected], new Map([[labels, [0, 1, 0]]]));
      assertAlmostEquals(actual, wanted, 1e-7, `${name} ${keys}`);
    }
  }
  assertEquals(new Set(cases.map(([name]) => name)), new Set(lossNames));
});

Deno.test("losses that are weighted go by the weights", () => {
  const logits = constant([1, -1, 0.5, 2, -0.3, 0.1], [3, 2]);
  const labels = input("labels", [3], "u32");
  const parts = { ...defaults, logits, labels, counts: Uint32Array.of(50, 5) };
  for (const name of lossNames) {
    const [[plain], [weighted]] = interpret(
      [losses[name].of(parts), losses[name].of({ ...parts, weights: constant([0.1, 1], [2]) })],
      new Map([[labels, [0, 1, 0]]]),
    );
    assertEquals(plain !== weighted, losses[name].weighted, name);
  }
});

// PaCo's loss: by central differences, as PyTorch, and at the ends of its weights; and the queue of its keys.

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { interpret } from "../../../engine/graph/interpret.ts";
import {
  balancedSoftmax,
  constant,
  enqueue,
  grad,
  input,
  l2Normalize,
  pacoLoss,
  type PacoParts,
  type PacoWeights,
  parameter,
  Parameters,
  Plan,
  ShapeError,
  type Tensor,
} from "../../../engine/mod.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { torchCases } from "../torch_cases.ts";

const PUBLISHED: PacoWeights = { temperature: 0.05, alpha: 0.01, beta: 1, gamma: 1 };

for (const [batch, classes, places] of [[1, 2, 3], [5, 4, 9], [65, 10, 70]]) {
  const rows = (count: number, gradient = false): Example => ({ shape: [count, 6], gradient });
  // Numbers from -1, an empty place, to the last class.
  const queueLabels = Array.from({ length: places }, (_, i) => i % (classes + 1) - 1);
  checkOp(
    "pacoLoss",
    (logits, x, keys, queue, queueLabels, labels, logPrior) =>
      pacoLoss({
        ...PUBLISHED,
        ...{ logits, features: l2Normalize(x), keys: l2Normalize(keys), queue: l2Normalize(queue) },
        ...{ queueLabels, labels, logPrior },
      }),
    [
      { shape: [batch, classes], range: [-3, 3] },
      rows(batch, true),
      rows(batch),
      rows(places),
      { shape: [places], values: queueLabels, gradient: false },
      { shape: [batch], dtype: "u32", range: [0, classes] },
      { shape: [classes], range: [1, 6], gradient: false },
    ],
    // A temperature of .05 multiplies the rounding of the features' products by 20.
    { shape: [], relative: 3e-5, gradientTolerance: { relative: 1e-4 } },
  );
}

for (const { name, attributes, tensors } of torchCases("paco", "paco.safetensors")) {
  Deno.test(`${name} as PyTorch`, async () => {
    const { temperature, alpha, beta, gamma } = attributes;
    const values = (key: string) => tensors.get(key)!.data;
    const of = (key: string) => input(key, tensors.get(key)!.shape);
    const [logits, features, keys, queue] = ["logits", "features", "keys", "queue"].map(of);
    const [queueLabels, labels] = [of("queue_labels"), input("labels", [values("labels").length], "u32")];
    const images = values("counts").reduce((a, b) => a + b);
    const logPrior = constant(values("counts").map((n) => Math.log(n / images)), [values("counts").length]);
    const parts = { logits, features, keys, queue, queueLabels, labels, logPrior };
    const loss = pacoLoss({ ...parts, temperature, alpha, beta, gamma });
    const [grad_logits, grad_features] = grad(loss, [logits, features]);
    const feeds = new Map<Tensor, Float32Array | Uint32Array>([
      ...[logits, features, keys, queue].map((tensor, i) =>
        [tensor, values(["logits", "features", "keys", "queue"][i])] as const
      ),
      [queueLabels, values("queue_labels")],
      [labels, Uint32Array.from(values("labels"))],
    ]);
    for (const family of FAMILIES) {
      const actual = await evaluate(await deviceOf(family), { loss, grad_logits, grad_features }, feeds);
      for (const [key, found] of Object.entries(actual)) {
        // Logits of 100 carry 8e-6 in float32, and the loss is their difference.
        const tolerance = name.endsWith("large_logits") ? { absolute: 3e-5 } : { absolute: 3e-6 };
        assertClose(`${family} ${key}`, found, values(key), tolerance);
      }
    }
  });
}

/** Parts of two images in three classes, with a queue of two. */
function smallParts(): PacoParts {
  return {
    ...PUBLISHED,
    logits: input("logits", [2, 3]),
    features: input("features", [2, 4]),
    keys: input("keys", [2, 4]),
    queue: input("queue", [2, 4]),
    queueLabels: input("queueLabels", [2]),
    labels: input("labels", [2], "u32"),
    logPrior: constant([3, 2, 1], [3]),
  };
}

function feedsOf(parts: PacoParts): Map<Tensor, number[]> {
  const { logits, features, keys, queue, queueLabels, labels } = parts;
  return new Map([
    [logits, [1, -1, 0.5, 2, -0.3, 0.1]],
    [features, [1, 0, 0, 0, 0.6, 0.8, 0, 0]],
    [keys, [0, 1, 0, 0, 0, 0, 1, 0]],
    [queue, [0, 0, 0, 1, 0.8, 0, 0.6, 0]],
    [queueLabels, [-1, 2]],
    [labels, [0, 2]],
  ]);
}

Deno.test("PaCo's loss without samples is balanced softmax", () => {
  const parts = smallParts();
  const losses = [
    pacoLoss({ ...parts, alpha: 0, gamma: 0 }),
    balancedSoftmax(parts.logits, parts.labels, parts.logPrior),
  ];
  const [[actual], [expected]] = interpret(losses, feedsOf(parts));
  assertAlmostEquals(actual, expected, 1e-12);
});

Deno.test("PaCo's loss compares no feature with itself and nothing with an empty place", () => {
  const parts = smallParts();
  const loss = pacoLoss(parts);
  const valueWith = (changes: [Tensor, number[]][]) =>
    interpret([loss], new Map([...feedsOf(parts), ...changes]))[0][0];
  const before = valueWith([]);
  // The first place is empty, whatever stands there.
  assertEquals(valueWith([[parts.queue, [9, -9, 9, 5, 0.8, 0, 0.6, 0]]]), before);
  assertEquals(Math.abs(valueWith([[parts.queueLabels, [0, 2]]]) - before) > 1e-3, true);
  // Feature 0 is right-angled to all that it is compared with but 1 and the queue: by hand, with T = 1.
  const byHand = pacoLoss({ ...parts, temperature: 1 });
  const z = [4, 1, 1.5];
  const likeness = [0.6, 0, 0, 0.8]; // feature 1, both keys, the filled place
  const first = Math.log([...z, ...likeness].reduce((sum, value) => sum + Math.exp(value), 0)) -
    (z[0] + 0.01 * likeness[1]) / 1.01; // its own key alone is of its class
  const z2 = [5, 1.7, 1.1];
  const likeness2 = [0.6, 0.8, 0, 0.48];
  const second = Math.log([...z2, ...likeness2].reduce((sum, value) => sum + Math.exp(value), 0)) -
    (z2[2] + 0.01 * (likeness2[2] + likeness2[3])) / 1.02;
  assertAlmostEquals(interpret([byHand], feedsOf(parts))[0][0], (first + second) / 2, 1e-7);
});

Deno.test("no gradient flows to keys and queue", () => {
  const parts = smallParts();
  const loss = pacoLoss(parts);
  for (const wrt of [parts.keys, parts.queue]) {
    assertThrows(() => grad(loss, [wrt]), TypeError, "not on a differentiable way");
  }
});

Deno.test("pacoLoss refuses what does not fit", () => {
  const parts = smallParts();
  assertThrows(() => pacoLoss({ ...parts, keys: input("keys", [3, 4]) }), ShapeError, "pacoLoss");
  assertThrows(() => pacoLoss({ ...parts, queue: input("queue", [2, 5]) }), ShapeError, "queue [K, D]");
  for (const wrong of [{ temperature: 0 }, { alpha: -1 }, { alpha: 0, beta: 0 }, { gamma: Infinity }]) {
    assertThrows(() => pacoLoss({ ...parts, ...wrong }), RangeError, "Cannot make a PaCo loss");
  }
});

for (const family of FAMILIES) {
  Deno.test(`a queue holds the last rows in order, of batches of any size, ${family}`, async () => {
    const device = await deviceOf(family);
    const [queue, numbers] = [parameter("queue", [7, 3]), parameter("numbers", [7])];
    using store = new Parameters(device, [queue, numbers], "queue");
    store.write(numbers, new Float32Array(7).fill(-1));
    let expected = Array.from({ length: 7 }, () => [0, 0, 0, -1]);
    let next = 1;
    for (const count of [3, 3, 2, 7, 1, 9]) {
      const [rows, own] = [input("rows", [count, 3]), input("own", [count])];
      using plan = await Plan.make(device, {
        updates: [enqueue(queue, rows), enqueue(numbers, own)],
        parameters: [store],
      });
      const added = Array.from({ length: count }, () => [next, next / 2, -next, next++]);
      plan.run({
        rows: Float32Array.from(added.flatMap((row) => row.slice(0, 3))),
        own: Float32Array.from(added.map((row) => row[3])),
      });
      expected = [...expected, ...added].slice(-7);
      const found = await store.read();
      assertEquals([...found.get(queue)!], expected.flatMap((row) => row.slice(0, 3)));
      assertEquals([...found.get(numbers)!], expected.map((row) => row[3]));
    }
  });
}

Deno.test("a queue refuses rows of another length", () => {
  assertThrows(
    () => enqueue(parameter("queue", [7, 3]), input("rows", [2, 4])),
    ShapeError,
    "rows of another",
  );
});

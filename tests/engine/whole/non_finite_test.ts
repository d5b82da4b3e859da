// NaN has to come through to the loss: minimum, maximum and clamp of a shader may take the other operand instead, and
// a run would go on with broken weights as if nothing had happened.

import { assert, assertEquals } from "@std/assert";
import { interpret } from "../../../engine/graph/interpret.ts";
import { focalLoss, labelAwareSmoothing, ldamLoss } from "../../../engine/nn/losses.ts";
import { pacoLoss } from "../../../engine/nn/paco.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { argmax } from "../../../engine/ops/statistics/argmax.ts";
import { conv2d } from "../../../engine/ops/conv/conv2d.ts";
import { hits } from "../../../engine/ops/loss/hits.ts";
import { maxPool } from "../../../engine/ops/conv/max_pool.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { constant, input } from "../../../engine/graph/source.ts";
import { sum } from "../../../engine/ops/reduce/sum.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { deviceOf, evaluate, FAMILIES } from "../check.ts";
import { lossOf } from "../named_losses.ts";

const BATCH = 6;
const CLASSES = 5;
const counts = Float32Array.of(50, 20, 10, 5, 2);
const labels = Uint32Array.of(0, 1, 2, 0, 4, 4);

for (const family of FAMILIES) {
  Deno.test(`a logit that is NaN or infinite shows in every loss and gradient, ${family}`, async () => {
    const device = await deviceOf(family);
    const [z, y] = [input("z", [BATCH, CLASSES]), input("y", [BATCH], "u32")];
    const table = constant([...counts].map((count) => count / 100), [CLASSES]);
    // Every image is like the others, and like what waits in the queue.
    const queueLabels = constant([0, 1, -1, 4], [4]);
    const [features, keys, queue] = [BATCH, BATCH, 4].map((count) =>
      constant(new Array(2 * count).fill(0.7), [count, 2])
    );
    const parts = { logits: z, features, keys, queue, queueLabels, labels: y, logPrior: table };
    const losses: Record<string, Tensor> = {
      paco: pacoLoss({ ...parts, temperature: 0.1, alpha: 0.05, beta: 1, gamma: 1 }),
      ldam: ldamLoss(z, y, table),
      las: labelAwareSmoothing(z, y, table),
      focal: focalLoss(z, y, { gamma: 2 }),
    };
    for (const name of ["gml", "ce", "ce-weighted", "balanced-softmax"]) {
      losses[name] = lossOf(name, z, y, counts);
    }
    const outputs = { ...losses };
    for (const [name, loss] of Object.entries(losses)) outputs[`gradient of ${name}`] = grad(loss, [z])[0];
    // The label's own logit, another one, one of the last row.
    for (const at of [0, 3, BATCH * CLASSES - 2]) {
      for (const bad of [NaN, Infinity]) {
        const logits = Float32Array.from({ length: BATCH * CLASSES }, (_, i) => i % 7 - 3);
        logits[at] = bad;
        const found = await evaluate(
          device,
          outputs,
          new Map<Tensor, typeof logits | typeof labels>([[z, logits], [y, labels]]),
        );
        for (const [name, values] of Object.entries(found)) {
          assert(values.some((value) => !Number.isFinite(value)), `${name} hides ${bad} at ${at}: ${values}`);
        }
      }
    }
  });

  Deno.test(`a maximum over pixels keeps NaN and minus infinity, ${family}`, async () => {
    const x = input("x", [1, 2, 4, 1]);
    const image = Float32Array.of(1, NaN, -Infinity, -Infinity, 2, 3, -Infinity, -Infinity);
    const { y } = await evaluate(
      await deviceOf(family),
      { y: maxPool(x, { kernel: 2 }) },
      new Map([[x, image]]),
    );
    assertEquals(y, Float32Array.of(NaN, -Infinity));
  });

  Deno.test(`a maximum over pixels sends its gradient to the NaN that it keeps, ${family}`, async () => {
    const x = input("x", [1, 2, 10, 1]);
    // Windows of 2 x 2 pixels: NaN first, amid, last, twice, and minus infinities alone.
    const image = Float32Array.of(
      ...[NaN, 5, 1, NaN, 2, 3, NaN, 7, -Infinity, -Infinity],
      ...[6, 7, 9, 4, 1, NaN, NaN, 8, -Infinity, -Infinity],
    );
    const y = maxPool(x, { kernel: 2 });
    const [dx] = grad(sum(y), [x]);
    const feeds = new Map([[x, image]]);
    // torch 1.13: max_pool2d(x, 2).sum().backward()
    const expected = [
      ...[1, 0, 0, 1, 0, 0, 0, 0, 1, 0],
      ...[0, 0, 0, 0, 0, 1, 1, 0, 0, 0],
    ];
    assertEquals([...interpret([dx], feeds)[0]], expected);
    const found = await evaluate(await deviceOf(family), { y, dx }, feeds);
    assertEquals(found.y, Float32Array.of(NaN, NaN, NaN, NaN, -Infinity));
    assertEquals([...found.dx], expected);
  });

  Deno.test(`the first NaN of a row is its largest value, ${family}`, async () => {
    const [x, labels] = [input("x", [6, 5]), input("labels", [6], "u32")];
    const rows = [
      ...[[NaN, 3, 1, 2, 0], [9, 1, NaN, 9, NaN], [1, 2, 3, 4, NaN], [NaN, NaN, NaN, NaN, NaN]],
      ...[[-Infinity, -Infinity, -Infinity, -Infinity, -Infinity], [0, Infinity, 1, Infinity, 2]],
    ];
    // torch 1.13: argmax(1)
    const expected = [0, 2, 4, 0, 0, 1];
    for (const asked of [expected, [1, 0, 3, 4, 1, 3]]) {
      const feeds = new Map<Tensor, Float32Array | Uint32Array>([
        [x, Float32Array.from(rows.flat())],
        [labels, Uint32Array.from(asked)],
      ]);
      const outputs = { y: argmax(x), hits: hits(x, labels) };
      const expectedHits = asked.map((label, b) => Number(label === expected[b]));
      assertEquals(interpret(Object.values(outputs), feeds).map((values) => [...values]), [
        expected,
        expectedHits,
      ]);
      const found = await evaluate(await deviceOf(family), outputs, feeds);
      assertEquals([[...found.y], [...found.hits]], [expected, expectedHits]);
    }
  });

  Deno.test(`relu keeps NaN, alone and behind a convolution, ${family}`, async () => {
    const device = await deviceOf(family);
    const [x, w] = [input("x", [1, 4, 4, 4]), input("w", [4, 3, 3, 4])];
    const residual = input("residual", [1, 4, 4, 4]);
    // Two convolutions: what two ops read is not fused.
    const y = () => conv2d(x, w, { stride: 1, padding: 1 });
    const outputs = { alone: relu(x), behind: relu(y()), added: relu(add(y(), residual)) };
    const image = new Float32Array(64).fill(1);
    image[21] = NaN;
    const weights = new Float32Array(144).fill(-1);
    const feeds = new Map([[x, image], [w, weights], [residual, new Float32Array(64)]]);
    const { alone, behind, added } = await evaluate(device, outputs, feeds);
    assertEquals([...alone].map(Number.isNaN), [...image].map(Number.isNaN));
    for (const values of [behind, added]) {
      // The pixel in row 1, column 1 reaches all pixels of rows and columns 0 to 2.
      const reached = [...values].map((_, i) => i < 48 && i % 16 < 12);
      assertEquals([...values].map(Number.isNaN), reached);
      assert(values.every((value, i) => reached[i] || value === 0), "a negative sum is not 0");
    }
  });
}

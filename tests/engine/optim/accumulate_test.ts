import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { crossEntropy } from "../../../engine/nn/losses.ts";
import { linear } from "../../../engine/ops/matmul/linear.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { accumulate } from "../../../engine/optim/accumulate.ts";
import { sgdUpdate } from "../../../engine/optim/sgd.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { normal } from "../random.ts";

const [CLASSES, WIDTH] = [5, 12];
const SHAPES = [[CLASSES, WIDTH], [CLASSES]];

for (const family of FAMILIES) {
  Deno.test(`three micro-batches make the steps of the whole batch, ${family}`, async () => {
    const device = await deviceOf(family);
    const store = (name: string) =>
      new Parameters(device, SHAPES.map((shape) => parameter(name, shape)), name);
    const next = normal(3);
    const features = Float32Array.from({ length: 24 * WIDTH }, next);
    const labels = Uint32Array.from({ length: 24 }, (_, i) => i % CLASSES);
    const start = Float32Array.from({ length: CLASSES * WIDTH }, next);
    const lr = input("lr", []);

    /** A linear classifier's gradients over so many samples. */
    const gradientsOf = (parameters: Parameters, batch: number) => {
      const [weight, bias] = parameters.tensors;
      const logits = linear(input("features", [batch, WIDTH]), weight, bias);
      return grad(crossEntropy(logits, input("labels", [batch], "u32")), [weight, bias]);
    };
    const feeds = (from: number, to: number) => ({
      features: features.slice(from * WIDTH, to * WIDTH),
      labels: labels.slice(from, to),
    });
    const rate = { lr: Float32Array.of(0.5) };

    using whole = store("whole");
    using wholeMomenta = store("momenta of the whole");
    whole.write(whole.tensors[0], start);
    const gradients = gradientsOf(whole, 24);
    using wholePlan = await Plan.make(device, {
      updates: [sgdUpdate({ parameters: whole, momenta: wholeMomenta, gradients, lr, momentum: 0.9 })],
      parameters: [whole, wholeMomenta],
    });

    using parts = store("parts");
    using momenta = store("momenta");
    using total = store("total");
    parts.write(parts.tensors[0], start);
    // What a step before left is forgotten, whatever it was.
    total.write(total.tensors[0], new Float32Array(CLASSES * WIDTH).fill(NaN));
    const keep = input("keep", []);
    using micro = await Plan.make(device, {
      updates: [accumulate({ total, gradients: gradientsOf(parts, 8), keep, share: 1 / 3 })],
      parameters: [parts, total],
    });
    using step = await Plan.make(device, {
      updates: [sgdUpdate({ parameters: parts, momenta, gradients: total.flat, lr, momentum: 0.9 })],
      parameters: [parts, momenta, total],
    });

    for (let i = 0; i < 2; i++) {
      wholePlan.run({ ...feeds(0, 24), ...rate });
      [0, 8, 16].forEach((from, n) => micro.run({ ...feeds(from, from + 8), keep: Float32Array.of(n && 1) }));
      step.run(rate);
    }
    const expected = [...(await whole.read()).values()];
    [...(await parts.read()).values()].forEach((values, i) =>
      assertClose(`parameter ${i}`, values, expected[i])
    );
    assertEquals(expected[0].some((value, i) => Math.abs(value - start[i]) > 0.01), true);
  });
}

Deno.test("accumulate refuses gradients of another store, and a keep that is no scalar", async () => {
  const device = await deviceOf("tile");
  using total = new Parameters(device, [parameter("total", [3])], "total");
  const [gradients, keep] = [[input("g", [3])], input("keep", [])];
  assertThrows(() => accumulate({ total, gradients: [input("g", [4])], keep }), ShapeError, "like total [3]");
  assertThrows(() => accumulate({ total, gradients, keep: input("keep", [1]) }), ShapeError, "and keep []");
});

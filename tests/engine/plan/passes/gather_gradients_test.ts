import { assert, assertEquals } from "@std/assert";
import { trainingStep } from "../../../../bench/train/training.ts";
import { Parameters } from "../../../../engine/device/parameters.ts";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import type { Family, Tensor } from "../../../../engine/graph/node.ts";
import { constant, input, parameter } from "../../../../engine/graph/source.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { square } from "../../../../engine/ops/arithmetic/square.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { mean } from "../../../../engine/ops/statistics/mean.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { pack } from "../../../../engine/ops/shape/pack.ts";
import { gatherPacked } from "../../../../engine/plan/passes/gather_gradients.ts";
import { place } from "../../../../engine/plan/passes/place.ts";
import { lowerGraph, planSizeOf } from "../../../../engine/plan/lower.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { ofHalf } from "../../../half.ts";
import { deviceOf, factsOf, FAMILIES } from "../../families.ts";
import { countsOf, smallNetwork } from "./small_network.ts";

const gathered = (family: Family, outputs: readonly Tensor[]) =>
  gatherPacked(place(outputs, family, 8192), factsOf(family));

/** Gradients that have a second stage of their own. */
const alone = (outputs: readonly Tensor[]) => {
  const { unpack_filters: weights = 0, row: rows = 0, gather_gradients: gathered = 0 } = countsOf(outputs);
  return { weights, rows, gathered };
};

for (const family of FAMILIES) {
  Deno.test(`packed gradients are gathered in one dispatch, but for grouped ones, ${family}`, () => {
    const { gradients } = smallNetwork();
    assertEquals(alone([pack(gradients)]), { weights: 7, rows: 10, gathered: 0 });
    assertEquals(alone(gathered(family, [pack(gradients)]).outputs), { weights: 1, rows: 0, gathered: 1 });
  });

  Deno.test(`gathered gradients mean what they meant before, and have their places, ${family}`, () => {
    const { gradients, values } = smallNetwork();
    const { outputs, places } = gathered(family, [pack(gradients)]);
    assertEquals(interpret(outputs, values), interpret([pack(gradients)], values));
    assertEquals(inOrder(outputs).filter((node) => !places.has(node)).map((node) => node.describe()), []);
  });

  Deno.test(`gradients that anything else reads are left alone, ${family}`, () => {
    const { gradients } = smallNetwork();
    const after = (...more: Tensor[]) => alone(gathered(family, [pack(gradients), ...more]).outputs);
    assertEquals(after(gradients[0]), { weights: 2, rows: 0, gathered: 1 }, "an output");
    assertEquals(after(sum(gradients[0])), { weights: 2, rows: 0, gathered: 1 }, "summed");
    assertEquals(
      after(sum(gradients[0].inputs[0])),
      { weights: 2, rows: 0, gathered: 1 },
      "summed as a matrix",
    );
    const ofNorm = gradients[1].inputs[0];
    assertEquals(after(ofNorm), { weights: 1, rows: 2, gathered: 1 }, "the sums of a norm");
    assertEquals(after(pack(gradients)), { weights: 7, rows: 10, gathered: 0 }, "packed twice");
    assertEquals(
      alone(gathered(family, gradients).outputs),
      { weights: 7, rows: 10, gathered: 0 },
      "not packed",
    );
    const two = gathered(family, [pack(gradients.slice(0, 1)), pack(gradients.slice(3, 4))]).outputs;
    assertEquals(alone(two), { weights: 2, rows: 0, gathered: 0 }, "one each");
  });

  Deno.test(`the sums of a norm are in the stack of one packed tensor only, ${family}`, () => {
    const { gradients } = smallNetwork();
    const [evens, odds] = [0, 1].map((odd) => gradients.filter((_, i) => i % 2 === odd));
    const { outputs } = gathered(family, [pack(evens), pack(odds)]);
    const stacked = inOrder(outputs).flatMap(({ op, inputs }) => op.loose ? inputs : []);
    assertEquals(new Set(stacked).size, stacked.length);
    assert(alone(outputs).gathered > 0);
  });

  for (const precision of ["f32", "f16"] as const) {
    const of = precision === "f16" ? ofHalf : (name: string) => ({ name });
    Deno.test({
      ...of(`gathered gradients are those of kernels of their own, to the bit, ${family}, ${precision}`),
      fn: async () => {
        const device = await deviceOf(family);
        const { gradients, parameters, images, values } = smallNetwork();
        using store = new Parameters(device, parameters, "weights");
        for (const tensor of parameters) store.write(tensor, values.get(tensor)!);
        const read = async (outputs: Record<string, Tensor>, together: boolean) => {
          const spec = { outputs: { ...outputs, packed: pack(gradients) }, parameters: [store], precision };
          using plan = await Plan.make(device, spec);
          assertEquals(plan.bytes, Plan.measure(device, spec).bytes);
          assertEquals(plan.steps.some(({ label }) => label === "gather_gradients"), together);
          for (let run = 0; run < 2; run++) plan.run({ images: values.get(images)! });
          return await plan.read("packed");
        };
        const apart = Object.fromEntries(gradients.map((tensor, i) => [String(i), sum(tensor)]));
        const [together, before] = [await read({}, true), await read(apart, false)];
        assertEquals(together, before);
        assert(together.some((value) => value !== 0) && together.every(Number.isFinite));
      },
    });
  }
}

for (const family of FAMILIES) {
  Deno.test(`a gradient that is computed once is gathered at every run, ${family}`, async () => {
    const device = await deviceOf(family);
    const [still, moving, turning] = [0, 1, 2].map((n) => parameter(`w${n}`, [8, 3, 3, 4]));
    const images = constant(Array.from({ length: 128 }, (_, i) => i % 7 - 3), [2, 4, 4, 4]);
    const x = input("x", [2, 4, 4, 4]);
    const [known, other, last] = [conv2d(images, still), conv2d(x, moving), conv2d(x, turning)];
    const loss = add(add(sum(known), mean(square(other))), mean(square(last)));
    const parameters = [still, moving, turning];
    using store = new Parameters(device, parameters, "weights");
    for (const tensor of parameters) {
      store.write(tensor, Float32Array.from({ length: tensor.size }, (_, i) => i % 5 - 2));
    }
    const packed = pack(grad(loss, parameters));
    using plan = await Plan.make(device, { outputs: { packed }, parameters: [store] });
    assertEquals([...plan.once, ...plan.steps].filter(({ label }) => label === "gather_gradients").length, 1);
    assert(plan.once.some(({ label }) => label.startsWith("conv2d_filters_grad")));
    const values = await store.read();
    for (const factor of [1, 2, 3]) {
      const fed = Float32Array.from({ length: x.size }, (_, i) => (i % 3 - 1) * factor);
      plan.run({ x: fed });
      const [expected] = interpret([packed], new Map([...values, [x, fed]]));
      assertEquals(await plan.read("packed"), Float32Array.from(expected));
    }
  });
}

/** Most dispatches of a training step at batch 128, and most MiB of its plan. */
const MOST: Record<Family, Record<string, { dispatches: number; mebibytes: number }>> = {
  lane: { resnet8: { dispatches: 71, mebibytes: 112 }, resnet32: { dispatches: 239, mebibytes: 370 } },
  tile: { resnet8: { dispatches: 82, mebibytes: 122 }, resnet32: { dispatches: 300, mebibytes: 378 } },
};

for (const family of FAMILIES) {
  for (const [network, most] of Object.entries(MOST[family])) {
    Deno.test(`a step of ${network} takes few dispatches, and little memory for parts, ${family}`, async () => {
      const device = await deviceOf(family);
      using step = trainingStep(device, { network, batch: 128, side: 32 });
      const lowered = lowerGraph(device, step.spec);
      const dispatches = lowered.always.flatMap(({ lowering }) => lowering.kernels).length;
      assert(dispatches <= most.dispatches, `${dispatches} dispatches`);
      const mebibytes = planSizeOf(lowered).bytes / 2 ** 20;
      assert(mebibytes <= most.mebibytes, `${mebibytes} MiB`);
    });
  }
}

Deno.test("parts of more bytes than are kept are added in several dispatches, which share their memory", async () => {
  const device = await deviceOf("tile");
  using step = trainingStep(device, { network: "resnet32", batch: 128, side: 32 });
  const { always } = lowerGraph(device, step.spec);
  const gathers = always.filter(({ node }) => node.op.name === "gather_gradients");
  const sums = gathers.map(({ node }) => node.inputs[1].size * 4);
  assert(gathers.length > 1);
  assert(sums.every((bytes) => bytes === sums[0] && bytes <= 48 * 2 ** 20), sums.join());
  // Each is dispatched before any part of the next is computed.
  const at = new Map(always.map(({ node }, i) => [node, i]));
  for (const [n, { node }] of gathers.slice(0, -1).entries()) {
    const next = gathers[n + 1].node.inputs[1].inputs.map((part) => at.get(part)!);
    assert(at.get(node)! < Math.min(...next), `${n}`);
  }
});

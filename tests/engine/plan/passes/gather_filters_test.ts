import { assertEquals } from "@std/assert";
import { Parameters } from "../../../../engine/device/parameters.ts";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { apply, type Family, type Tensor } from "../../../../engine/graph/node.ts";
import { ParameterLayout } from "../../../../engine/graph/parameter_layout.ts";
import { input, parameter } from "../../../../engine/graph/source.ts";
import { square } from "../../../../engine/ops/arithmetic/square.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { packFilters } from "../../../../engine/ops/conv/pack_filters.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { gatherFilters } from "../../../../engine/plan/passes/gather_filters.ts";
import { place } from "../../../../engine/plan/passes/place.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { ofHalf } from "../../../half.ts";
import { deviceOf, factsOf, FAMILIES } from "../../families.ts";
import { countsOf, smallNetwork } from "./small_network.ts";

const LIMIT = 2 ** 27;

function gathered(family: Family, outputs: readonly Tensor[], stores: ParameterLayout[], most = LIMIT) {
  return gatherFilters(place(outputs, family, 8192), stores, { ...factsOf(family), binding: most });
}

/** Filters, packed or turned, that have a kernel of their own. */
const alone = (outputs: readonly Tensor[]) => {
  const { pack_filters: packed = 0, turn_filters: turned = 0, filter_bank: banks = 0 } = countsOf(outputs);
  return { packed, turned, banks };
};

Deno.test("filters of all layers share a bank, in textures those of one width", () => {
  const { loss, gradients, parameters } = smallNetwork();
  const store = new ParameterLayout(parameters, "weights");
  const outputs = [loss, ...gradients];
  assertEquals(alone(outputs), { packed: 7, turned: 6, banks: 0 });
  // The grouped filters stay as they are, and so do those of 6 channels; turned ones have other channels.
  assertEquals(alone(gathered("tile", outputs, [store]).outputs), { packed: 2, turned: 1, banks: 1 });
  // Those of 16 and of 32 columns; there are no others of 24 and of 64.
  assertEquals(alone(gathered("lane", outputs, [store]).outputs), { packed: 3, turned: 2, banks: 2 });
});

for (const family of FAMILIES) {
  Deno.test(`a graph with a bank means what it meant before, ${family}`, () => {
    const { loss, gradients, parameters, values } = smallNetwork();
    const store = new ParameterLayout(parameters, "weights");
    const flat = new Float32Array(store.bytes / 4);
    for (const tensor of parameters) flat.set(values.get(tensor)!, store.offsetOf(tensor)! / 4);
    const outputs = [loss, ...gradients];
    const after = gathered(family, outputs, [store]).outputs;
    assertEquals(interpret(after, new Map([...values, [store.flat, flat]])), interpret(outputs, values));
  });

  Deno.test(`places are known of every tensor beside a bank, ${family}`, () => {
    const { loss, gradients, parameters } = smallNetwork();
    const store = new ParameterLayout(parameters, "weights");
    const { outputs, places } = gathered(family, [loss, ...gradients], [store]);
    assertEquals(inOrder(outputs).filter((node) => !places.has(node)).map((node) => node.describe()), []);
  });

  Deno.test(`filters that anything else needs stay as they are, ${family}`, () => {
    const x = input("x", [2, 4, 4, 8]);
    const weights = Array.from({ length: 3 }, (_, i) => parameter(`w${i}`, [8, 1, 1, 8]));
    const store = new ParameterLayout(weights, "weights");
    const layers = weights.map((weight) => conv2d(x, weight));
    const banks = (outputs: Tensor[], stores = [store], most = LIMIT) =>
      alone(gathered(family, outputs, stores, most).outputs);
    assertEquals(banks(layers), { packed: 0, turned: 0, banks: 1 });
    assertEquals(banks([...layers, layers[0].inputs[1]]), { packed: 1, turned: 0, banks: 1 }, "an output");
    const squared = square(layers[0].inputs[1]);
    assertEquals(banks([...layers, squared]), { packed: 1, turned: 0, banks: 1 }, "read by another op");
    assertEquals(banks(layers.slice(0, 1)), { packed: 1, turned: 0, banks: 0 }, "alone");
    assertEquals(banks(layers, []), { packed: 3, turned: 0, banks: 0 }, "in no store");
    assertEquals(banks(layers, [store], 512), { packed: 3, turned: 0, banks: 0 }, "a store beyond a binding");
    const apart = weights.map((weight, i) => new ParameterLayout([weight], `store ${i}`));
    assertEquals(banks(layers, apart), { packed: 3, turned: 0, banks: 0 }, "each in its own store");
    const large = parameter("large", [520, 1, 1, 512]);
    const wide = conv2d(input("wide", [1, 1, 1, 512]), large);
    const both = [...layers, wide];
    const all = new ParameterLayout([...weights, large], "weights");
    assertEquals(banks(both, [all]), { packed: 1, turned: 0, banks: 1 }, "large");
    const scaled = packFilters(weights[0], parameter("scale", [8]));
    const folded = apply(layers[0].op, [x, scaled], layers[0].attrs);
    assertEquals(banks([...layers, folded]), { packed: 1, turned: 0, banks: 1 }, "scaled");
  });
}

Deno.test("no texture of a bank is used by less than half", () => {
  const x = input("x", [1, 8, 8, 64]);
  const weights = [
    ...Array.from({ length: 2 }, (_, i) => parameter(`large ${i}`, [16, 3, 3, 64])),
    ...Array.from({ length: 9 }, (_, i) => parameter(`small ${i}`, [16, 1, 1, 64])),
  ];
  const store = new ParameterLayout(weights, "weights");
  const outputs = weights.map((weight) => conv2d(x, weight));
  const banks = inOrder(gathered("lane", outputs, [store]).outputs)
    .filter(({ op }) => op.name === "filter_bank");
  assertEquals(banks.map(({ shape }) => shape), [[4, 576, 16], [7, 64, 16]]);
});

for (const family of FAMILIES) {
  for (const precision of ["f32", "f16"] as const) {
    const of = precision === "f16" ? ofHalf : (name: string) => ({ name });
    Deno.test({
      ...of(
        `a bank's filters are those that kernels of their own compute, to the bit, ${family}, ${precision}`,
      ),
      fn: async () => {
        const device = await deviceOf(family);
        const { loss, gradients, parameters, images, values } = smallNetwork();
        using store = new Parameters(device, parameters, "weights");
        for (const tensor of parameters) store.write(tensor, values.get(tensor)!);
        const own = Object.fromEntries([loss, ...gradients].map((tensor, i) => [String(i), tensor]));
        // Whoever else reads filters keeps them out of the bank.
        const filters = inOrder(Object.values(own)).filter(({ op }) => /^(pack|turn)_filters$/.test(op.name));
        const apart = Object.fromEntries(filters.map((tensor, i) => [`filters ${i}`, sum(tensor)]));
        const read = async (outputs: Record<string, Tensor>, banks: boolean) => {
          using plan = await Plan.make(device, { outputs, parameters: [store], precision });
          const labels = [...plan.once, ...plan.steps].map(({ label }) => label);
          assertEquals(labels.includes("filter_bank"), banks);
          plan.run({ images: values.get(images)! });
          return await Promise.all(Object.keys(own).map((name) => plan.read(name)));
        };
        assertEquals(await read(own, true), await read({ ...own, ...apart }, false));
      },
    });
  }
}

// Random graphs, planned and interpreted. Each plan runs once on wild values, so that memory holds what a later run may
// not see, then on others, then after one of its stores changed.

import { assertEquals } from "@std/assert";
import { inOrder } from "../../../engine/graph/graph.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import type { Family, Tensor } from "../../../engine/graph/node.ts";
import { nameOf } from "../../../engine/graph/source.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan, type Precision } from "../../../engine/plan/plan.ts";
import { ofHalf } from "../../half.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { throughHost } from "../called.ts";
import { assertClose, type Tolerance } from "../close.ts";
import { normal, seedOf } from "../random.ts";
import { randomGraph } from "../random_graph.ts";

const GRAPHS = 12;

// Twenty ops in a row, some of them differences; in f16 each may round to 2^-11.
const close: Tolerance = { relative: 1e-4, absolute: 1e-5 };
const halved: Tolerance = { relative: 20 * 2 ** -11, absolute: 2e-3 };

/** Share of the tensors that go through the host in some of the graphs. */
const THROUGH_HOST = 0.2;

for (const family of FAMILIES) {
  Deno.test(`random graphs give what their references give, run after run, ${family}`, async () => {
    for (let seed = 0; seed < GRAPHS; seed++) await checkGraph(family, seed, "f32", close);
  });
  Deno.test(`random graphs of which the host computes a part, ${family}`, async () => {
    for (let seed = 0; seed < GRAPHS; seed++) await checkGraph(family, seed, "f32", close, THROUGH_HOST);
  });
  Deno.test({
    ...ofHalf(`random graphs give what their references give, run after run, ${family} in f16`),
    fn: async () => {
      for (let seed = 0; seed < GRAPHS; seed++) {
        await checkGraph(family, seed, "f16", halved);
        await checkGraph(family, seed, "f16", halved, THROUGH_HOST);
      }
    },
  });
}

async function checkGraph(
  family: Family,
  seed: number,
  precision: Precision,
  tolerance: Tolerance,
  hostShare = 0,
): Promise<void> {
  const device = await deviceOf(family);
  const before = device.memory.used;
  const next = normal(seedOf(`${family} ${seed}`));
  const { outputs, updates, inputs, stores: tensors } = throughHost(randomGraph(seed), seed, hostShare);
  const needed = new Set(inOrder([...Object.values(outputs), ...updates]));
  const fed = inputs.filter((tensor) => needed.has(tensor));
  const random = ({ size }: Tensor) => Float32Array.from({ length: size }, next);
  const names = Object.keys(outputs);
  {
    using first = new Parameters(device, tensors[0], "first store");
    using second = new Parameters(device, tensors[1], "second store");
    using plan = await Plan.make(device, { outputs, updates, parameters: [first, second], precision });
    const values = new Map<Tensor, Float32Array>();
    const write = (store: Parameters) => {
      for (const tensor of store.tensors) {
        values.set(tensor, random(tensor));
        store.write(tensor, values.get(tensor)!);
      }
    };
    const run = async (inputOf: (tensor: Tensor) => Float32Array) => {
      for (const tensor of fed) values.set(tensor, inputOf(tensor));
      await plan.runAsync(Object.fromEntries(fed.map((tensor) => [nameOf(tensor), values.get(tensor)!])));
      return await Promise.all(names.map((name) => plan.read(name)));
    };
    // NaN where nothing is written that a later run reads.
    await run(({ size }) => new Float32Array(size).fill(updates.length > 0 ? 1000 : NaN));
    for (const changed of [[first, second], [], [second]]) {
      changed.forEach(write);
      const actual = await run(random);
      const expected = interpret(Object.values(outputs), values);
      names.forEach((name, i) => {
        const title = `graph ${seed} ${family}, ${name}: ${outputs[name].describe()}`;
        assertClose(title, actual[i], expected[i], tolerance);
      });
      // Updates happen one after the other, on what was computed before the first of them.
      const after = new Map(values);
      for (const update of updates) {
        const operands = update.inputs.map((tensor) =>
          tensor.op.name === "parameter"
            ? Float64Array.from(after.get(tensor)!)
            : interpret([tensor], values)[0]
        );
        after.set(update.inputs[0], Float32Array.from(update.op.reference(update, operands)));
      }
      const stored = new Map([...await first.read(), ...await second.read()]);
      for (const [parameter, value] of stored) {
        const title = `graph ${seed} ${family}, ${nameOf(parameter)} after the updates`;
        assertClose(title, value, after.get(parameter)!, tolerance);
      }
      for (const [parameter, value] of stored) values.set(parameter, value);
    }
  }
  assertEquals(device.memory.used, before, `graph ${seed} ${family} leaves memory behind`);
}

import { assert, assertEquals, assertThrows } from "@std/assert";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { nameOf, parameter } from "../../../engine/graph/source.ts";
import { flatLayout } from "../../../engine/graph/parameter_layout.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";

const shapes = [[3, 5], [1], [64], [65], [2, 3, 3, 4]];
const tensors = shapes.map((shape, i) => parameter(`p${i}`, shape));

Deno.test("views of a flat buffer start at multiples of 64 words", () => {
  assertEquals(flatLayout(tensors), { offsets: [0, 64, 128, 192, 320], words: 448 });
  assertEquals(flatLayout([]), { offsets: [], words: 0 });
});

Deno.test("a store gives back what was written, tensor by tensor", async () => {
  using store = new Parameters(await deviceOf("tile"), tensors, "parameters");
  const values = tensors.map(({ size }, i) => Float32Array.from({ length: size }, (_, j) => 100 * i + j));
  tensors.forEach((tensor, i) => store.write(tensor, values[i]));
  assertEquals([...await store.read()], tensors.map((tensor, i) => [tensor, values[i]]));
  assertEquals(store.version, tensors.length);
});

Deno.test("the flat tensor of a store is all of them, zeros between", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    using store = new Parameters(device, tensors, "parameters");
    for (const tensor of tensors) store.write(tensor, new Float32Array(tensor.size).fill(1));
    using plan = await Plan.make(device, { outputs: { y: scale(store.flat, 3) }, parameters: [store] });
    plan.run();
    const y = await plan.read("y");
    const expected = new Float32Array(448);
    flatLayout(tensors).offsets.forEach((at, i) => expected.fill(3, at, at + tensors[i].size));
    assertEquals(y, expected);
  }
});

Deno.test("a store like another has its shapes, zeros, and names that say whose they are", async () => {
  using store = new Parameters(await deviceOf("tile"), tensors, "parameters");
  tensors.forEach((tensor) => store.write(tensor, new Float32Array(tensor.size).fill(1)));
  using momenta = store.like("momentum");
  assertEquals(momenta.tensors.map(({ shape }) => shape), shapes);
  assertEquals(momenta.tensors.map(nameOf), shapes.map((_, i) => `momentum of p${i}`));
  assert([...(await momenta.read()).values()].every((values) => values.every((value) => value === 0)));
});

Deno.test("a store refuses strangers and other lengths", async () => {
  using store = new Parameters(await deviceOf("tile"), tensors, "parameters");
  const text = "it takes 15 values, current are 14";
  assertThrows(() => store.write(tensors[0], new Float32Array(14)), TypeError, text);
  const stranger = parameter("p0", [3, 5]);
  assertThrows(() => store.write(stranger, new Float32Array(15)), TypeError, "is not one of this store's");
  assert(store.locate(stranger) === null);
  assertEquals(store.version, 0);
});

Deno.test("a store may be empty", async () => {
  using store = new Parameters(await deviceOf("tile"), [], "statistics of a network without norms");
  assertEquals((await store.read()).size, 0);
});

import { assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { running } from "../../../../engine/ops/effects/running.ts";
import { constant, input, parameter } from "../../../../engine/graph/source.ts";
import { stable } from "../../../../engine/plan/passes/stable.ts";

Deno.test("what depends on constants and unwritten parameters alone is stable", () => {
  const [x, c, p, q] = [input("x", [2]), constant([1, 2], [2]), parameter("p", [2]), parameter("q", [2])];
  const fixed = relu(mul(c, p));
  const moving = add(fixed, x);
  const trained = mul(fixed, q);
  const update = running(q, fixed, { momentum: 0.1 });
  const outputs = [moving, trained, update];

  const found = stable(outputs, (parameter) => parameter === q);
  const names = inOrder(outputs).filter((node) => found.has(node));
  assertEquals(names, [c, p, fixed.inputs[0], fixed].sort((a, b) => a.id - b.id));

  // An update has an effect at every run, whatever it depends on.
  assertEquals(stable([running(p, fixed, { momentum: 0.1 })], () => false).has(update), false);
  assertEquals(stable(outputs, () => false).has(trained), true);
});

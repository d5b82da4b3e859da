import { assert, assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { pack } from "../../../../engine/ops/shape/pack.ts";
import { schedule } from "../../../../engine/plan/passes/schedule.ts";
import { smallNetwork } from "./small_network.ts";

Deno.test("a schedule has every tensor once, behind what it is computed from", () => {
  const { loss, gradients } = smallNetwork();
  const outputs = [loss, pack(gradients)];
  const order = schedule(outputs);
  assertEquals(new Set(order), new Set(inOrder(outputs)));
  assertEquals(new Set(order).size, order.length);
  const at = new Map(order.map((node, i) => [node, i]));
  for (const node of order) for (const input of node.inputs) assert(at.get(input)! < at.get(node)!);
});

Deno.test("the gradients of later layers are packed before those of earlier ones are computed", () => {
  const { gradients, parameters } = smallNetwork();
  const order = schedule([pack(gradients)]);
  const weights = gradients.filter((_, i) => parameters[i].shape.length === 4);
  const places = weights.map((gradient) => order.indexOf(gradient));
  assertEquals(places, places.toSorted((a, b) => b - a));
});

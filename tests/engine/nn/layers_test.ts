import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/errors.ts";
import { type Forward, Registry } from "../../../engine/nn/layers.ts";
import { input } from "../../../engine/ops/source.ts";
import { Parameters } from "../../../engine/runtime/parameters.ts";
import { Plan } from "../../../engine/runtime/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { torchCases } from "../torch_cases.ts";

Deno.test("a norm in updated mode gives PyTorch's result, and its estimates after the step", async () => {
  const { tensors } = torchCases("batch_norm").find(({ attributes }) => attributes.training)!;
  const values = (name: string) => tensors.get(name)!.data;
  const { shape } = tensors.get("x")!;
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const registry = new Registry();
    const norm = registry.norm("bn", shape.at(-1)!);
    const forward: Forward = { statistics: "updated", updates: [] };
    const y = norm(input("x", shape), forward);
    using weights = new Parameters(device, registry.weights, "weights");
    using statistics = new Parameters(device, registry.statistics, "statistics");
    registry.weights.forEach((tensor, i) => weights.write(tensor, values(["weight", "bias"][i])));
    registry.statistics.forEach((t, i) => statistics.write(t, values(["running_mean", "running_var"][i])));

    const parameters = [weights, statistics];
    using plan = await Plan.make(device, { outputs: { y }, updates: forward.updates, parameters });
    plan.run({ x: values("x") });
    assertClose(`${family} y`, await plan.read("y"), values("y"));
    const after = [...(await statistics.read()).values()];
    assertClose(`${family} running_mean`, after[0], values("new_running_mean"));
    assertClose(`${family} running_var`, after[1], values("new_running_var"));
  }
});

Deno.test("a registry knows its tensors by torch's names, in order", () => {
  const registry = new Registry();
  const [x, forward] = [input("x", [2, 8, 8, 3]), { statistics: "frozen" as const, updates: [] }];
  const y = registry.norm("bn1", 16)(registry.conv("conv1", 3, 16, 5, 2)(x), forward);
  assertEquals(y.shape, [2, 4, 4, 16]);
  const names = (tensors: { attrs: unknown }[]) =>
    tensors.map(({ attrs }) => (attrs as { name: string }).name);
  assertEquals(names(registry.weights), ["bn1.weight", "bn1.bias", "conv1.weight"]);
  assertEquals(names(registry.statistics), ["bn1.running_mean", "bn1.running_var"]);
  assertEquals(forward.updates, []);
});

Deno.test("a batch of one value has no variance to normalise by", () => {
  const norm = new Registry().norm("bn", 3);
  const text = "it takes two values of each channel or more, current is 1";
  assertThrows(
    () => norm(input("x", [1, 1, 1, 3]), { statistics: "updated", updates: [] }),
    ShapeError,
    text,
  );
});

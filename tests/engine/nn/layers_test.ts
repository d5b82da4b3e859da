import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { inOrder } from "../../../engine/graph/graph.ts";
import { BatchNorms, type ForwardOptions, Registry } from "../../../engine/nn/layers.ts";
import { cifarResNet } from "../../../engine/nn/resnet_cifar.ts";
import { input } from "../../../engine/graph/source.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
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
    const norms = new BatchNorms({ training: true });
    const y = norm(input("x", shape), norms);
    using weights = new Parameters(device, registry.weights, "weights");
    using statistics = new Parameters(device, registry.statistics, "statistics");
    registry.weights.forEach((tensor, i) => weights.write(tensor, values(["weight", "bias"][i])));
    registry.statistics.forEach((t, i) => statistics.write(t, values(["running_mean", "running_var"][i])));

    const parameters = [weights, statistics];
    using plan = await Plan.make(device, { outputs: { y }, updates: norms.updates, parameters });
    plan.run({ x: values("x") });
    assertClose(`${family} y`, await plan.read("y"), values("y"));
    const after = [...(await statistics.read()).values()];
    assertClose(`${family} running_mean`, after[0], values("new_running_mean"));
    assertClose(`${family} running_var`, after[1], values("new_running_var"));
  }
});

Deno.test("a registry knows its tensors by torch's names, in order", () => {
  const registry = new Registry();
  const [x, norms] = [input("x", [2, 8, 8, 3]), new BatchNorms()];
  const y = registry.norm("bn1", 16)(registry.conv("conv1", 3, 16, 5, 2)(x), norms);
  assertEquals(y.shape, [2, 4, 4, 16]);
  const names = (tensors: { attrs: unknown }[]) =>
    tensors.map(({ attrs }) => (attrs as { name: string }).name);
  assertEquals(names(registry.weights), ["bn1.weight", "bn1.bias", "conv1.weight"]);
  assertEquals(names(registry.statistics), ["bn1.running_mean", "bn1.running_var"]);
  assertEquals(norms.updates, []);
});

Deno.test("a batch of one value has no variance to normalise by", () => {
  const norm = new Registry().norm("bn", 3);
  const text = "it takes two values of each channel or more, current is 1";
  assertThrows(
    () => norm(input("x", [1, 1, 1, 3]), new BatchNorms({ training: true })),
    ShapeError,
    text,
  );
});

Deno.test("norms go by running estimates, by the batch in training, and frozen ones never by the batch", () => {
  const network = cifarResNet({ depth: 8, classes: 5 });
  const opsOf = (options?: ForwardOptions) => {
    const { features, updates } = network.forward(input("images", [2, 8, 8, 3]), options);
    const norms = inOrder([features]).map(({ op }) => op.name).filter((name) =>
      name.startsWith("batch_norm")
    );
    return { still: norms.filter((name) => name === "batch_norm").length, updates: updates.length };
  };
  const all = network.statistics.length / 2;
  assertEquals(opsOf(), { still: all, updates: 0 });
  assertEquals(opsOf({ frozen: ["layer3."] }), { still: all, updates: 0 });
  assertEquals(opsOf({ training: true }), { still: 0, updates: all });
  assertEquals(opsOf({ training: true, frozen: ["layer3."] }), { still: 2, updates: all - 2 });
});

import { assertEquals } from "@std/assert";
import { copy } from "../../../engine/ops/arithmetic/copy.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { input } from "../../../engine/graph/source.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { chromeTrace } from "../../../train/profile/chrome_trace.ts";
import { deviceOf } from "../../engine/families.ts";

Deno.test("a trace has native copies among the dispatches, each from where the one before ended", async () => {
  const y = relu(copy(relu(input("x", [4, 64]))));
  using plan = await Plan.make(await deviceOf("lane"), { outputs: { y } });
  const memory = { planned: plan.bytes, allocated: plan.bytes };
  const ms = { planning: 1, making: 1, first: 1, step: 1 };
  const sections = [{ name: "plan", dispatches: plan.dispatches([0.5, 2, 0.25]) }];
  const { traceEvents } = chromeTrace([{ name: "step", images: 1, memory, ms, sections }], {});
  const spans = traceEvents.filter(({ ph }) => ph === "X");
  assertEquals(spans.map(({ name, cat, ts, dur }) => [name, cat, ts, dur]), [
    ["relu", "relu", 0, 500],
    ["copy (native)", "copy", 500, 2000],
    ["relu", "relu", 2500, 250],
  ]);
  const { op, shape, workgroups, bytes, gbs } = spans[1].args;
  assertEquals({ op, shape, workgroups, bytes, gbs }, {
    op: "copy",
    shape: [4, 64],
    workgroups: [],
    bytes: 2048,
    gbs: 2048 / 2 / 1e6,
  });
});

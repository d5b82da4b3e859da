import { assert, assertEquals } from "@std/assert";
import { checkTarget, GPU_TARGETS, targetsOf } from "../../../../bench/peers/report/targets.ts";
import { TORCH_CUDA } from "../../../../bench/peers/torch/torch.ts";
import { WORKLOADS } from "../../../../bench/peers/workload_list.ts";
import { row, rows } from "../comparison.ts";

Deno.test("bench targets: all name workloads that there are, beside PyTorch in 32-bit floats alone", () => {
  const known = new Set(WORKLOADS.map(({ name }) => name));
  for (const target of GPU_TARGETS) {
    assert(target.workloads.length > 0, `${target.name} has no workload`);
    for (const workload of target.workloads) {
      assert(known.has(workload) || workload.startsWith("main job"), workload);
    }
    if ("peer" in target) assertEquals(target.peer, TORCH_CUDA);
  }
  // A product, 21 convolutions, a training step and a main job.
  assertEquals(GPU_TARGETS.length, 1 + 21 + 1 + 1);
});

Deno.test("bench targets: the times of several workloads are added", () => {
  const target = { name: "both", workloads: ["a", "b"], peer: "fast", atLeast: 0.5 };
  assertEquals(checkTarget(rows, target), { ratio: 5 / 10.5, met: false });
  assertEquals(checkTarget(rows, { ...target, atLeast: 0.4 }).met, true);
  assertEquals(checkTarget(rows, { ...target, peer: "slow" }), { ratio: null, met: null });
});

Deno.test("bench targets: the time of a result that differs reaches none", () => {
  const target = { name: "a", workloads: ["a"], peer: "slow", atLeast: 20 };
  assertEquals(checkTarget(rows, target), { ratio: 25, met: null });
  const same = rows.map((row) => ({ ...row, agrees: true }));
  assertEquals(checkTarget(same, target).met, true);
});

Deno.test("bench targets: a job by the clock is met within its seconds", () => {
  const target = { name: "job", workloads: ["job"], withinS: 60 };
  const of = (ms: number | null) => checkTarget([row("job", "everyclass", ms)], target).met;
  assertEquals([of(59_000), of(61_000), of(null)], [true, false, null]);
});

Deno.test("bench targets: of what was not asked for nothing is said", () => {
  const target = { name: "both", workloads: ["a", "b"], peer: "fast", atLeast: 1 };
  assertEquals(targetsOf([target], rows), [target]);
  assertEquals(targetsOf([target], rows.filter(({ workload }) => workload === "a")), []);
  assertEquals(targetsOf([{ ...target, peer: "other" }], rows), []);
});

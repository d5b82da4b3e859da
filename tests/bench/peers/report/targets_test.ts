import { assert, assertEquals } from "@std/assert";
import {
  checkTarget,
  GPU_TARGETS,
  SOFTWARE_TARGETS,
  targetsOf,
} from "../../../../bench/peers/report/targets.ts";
import { WORKLOADS } from "../../../../bench/peers/workload_list.ts";
import { row, rows } from "../comparison.ts";

Deno.test("bench targets: all name workloads that there are", () => {
  const known = new Set(WORKLOADS.map(({ name }) => name));
  for (const { name, workloads } of [...SOFTWARE_TARGETS, ...GPU_TARGETS]) {
    assert(workloads.length > 0, `${name} has no workload`);
    for (const workload of workloads) {
      assert(known.has(workload) || workload.startsWith("main job"), workload);
    }
  }
  // Two matrix products, three sizes each of forward and backward convolutions, batch norm, two losses, two runs of
  // ResNet-32 against two peers, two main jobs; and a product, 21 convolutions, a training step and a main job.
  assertEquals([SOFTWARE_TARGETS.length, GPU_TARGETS.length], [2 + 6 + 1 + 2 + 4 + 2, 1 + 21 + 1 + 1]);
});

Deno.test("bench targets: the times of several workloads are added", () => {
  const target = { name: "both", workloads: ["a", "b"], peer: "fast", atLeast: 0.5 };
  assertEquals(checkTarget(rows, target), { ratio: 5 / 10.5, below: null, met: false });
  assertEquals(checkTarget(rows, { ...target, atLeast: 0.4 }).met, true);
  assertEquals(checkTarget(rows, { ...target, peer: "slow" }), { ratio: null, below: null, met: null });
});

Deno.test("bench targets: the time of a result that differs reaches none", () => {
  const target = { name: "a", workloads: ["a"], peer: "slow", atLeast: 20 };
  assertEquals(checkTarget(rows, target), { ratio: 25, below: null, met: null });
  const same = rows.map((row) => ({ ...row, agrees: true }));
  assertEquals(checkTarget(same, target).met, true);
});

Deno.test("bench targets: a job must be as good as it is fast", () => {
  const target = { name: "job", workloads: ["job"], peer: "PyTorch", atLeast: 4, rateWithin: 1 };
  const job = (h: number, theirs: number | null) => [
    row("job", "everyclass", 100, { rate: h }),
    row("job", "PyTorch", 500, { rate: theirs }),
  ];
  assertEquals(checkTarget(job(31.5, 32), target), { ratio: 5, below: 0.5, met: true });
  assertEquals(checkTarget(job(30.5, 32), target).met, false);
  assertEquals(checkTarget(job(33, 32), target).met, true);
  assertEquals(checkTarget(job(31.5, null), target), { ratio: 5, below: null, met: null });
  assertEquals(checkTarget(job(31.5, 32), { ...target, atLeast: 6 }).met, false);
});

Deno.test("bench targets: of what was not asked for nothing is said", () => {
  const target = { name: "both", workloads: ["a", "b"], peer: "fast", atLeast: 1 };
  assertEquals(targetsOf([target], rows), [target]);
  assertEquals(targetsOf([target], rows.filter(({ workload }) => workload === "a")), []);
  assertEquals(targetsOf([{ ...target, peer: "other" }], rows), []);
});

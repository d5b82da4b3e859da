import { assertEquals, assertMatch } from "@std/assert";
import { globalAvgPool } from "../../../../engine/ops/conv/global_avg_pool.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { constant, input } from "../../../../engine/graph/source.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { deviceOf } from "../../check.ts";

Deno.test("a plan prints its dispatches, with times where they were measured", async () => {
  const device = await deviceOf("lane");
  const x = input("x", [2, 8, 8, 4]);
  const weight = constant(new Float32Array(8 * 9 * 4), [8, 3, 3, 4]);
  const y = globalAvgPool(conv2d(x, weight, { padding: 1 }));
  using plan = await Plan.make(device, { outputs: { y } });
  const [size, head, ...rows] = plan.describe().split("\n");
  assertEquals(
    size,
    `2 dispatches a run and ${plan.once.length} once, ${
      (plan.bytes / 2 ** 10).toFixed(1)
    } KiB beside the parameters`,
  );
  assertMatch(head, /^kernel +op +shape +MB +GFLOP$/);
  assertEquals(rows.length, 2);
  assertMatch(rows[0], /^conv2d_(lane|subgroup) +conv2d +2x8x8x8 +0\.0\d +0\.000$/);
  assertMatch(rows[1], /^global_avg_pool +global_avg_pool +2x8 +0\.0\d$/);

  const timed = plan.describe([3, 1]).split("\n");
  assertMatch(timed[1], /ms +GFLOP\/s +GB\/s +share$/);
  assertMatch(timed[2], /3\.000 +0\.0 +0\.0 +75\.0%$/);
});

import { assert, assertEquals } from "@std/assert";
import { trainingStep } from "../../../bench/train/training.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";

/** Most dispatches and native copies of a step of ResNet-8 with its 7 norms and 3 rectifiers behind sums. */
const MOST = { lane: 71, tile: 82 };

Deno.test("a training step takes no more dispatches than it did, and none for what other kernels do as well", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    using step = trainingStep(device, { network: "resnet8", batch: 128, side: 32 });
    using plan = await Plan.make(device, step.spec);
    const count = plan.steps.length;
    assert(count <= MOST[family], `${family}: ${count} dispatches, at most ${MOST[family]} are wanted`);
    const labels = new Set(plan.steps.map(({ label }) => label));
    const totals = family === "lane" ? ["channel_moments_total", "batch_norm_sums_total"] : [];
    const moved = ["shortcut", "dilate", "depth_to_space", "scale"];
    const spared = [...moved, "relu_grad", "running_moments", ...totals];
    assertEquals(spared.filter((label) => labels.has(label)), [], family);
  }
});

// Measures the kernels of both families beside the adapter's ceiling.
//
//   deno task bench bench/kernels/kernels_bench.ts
//
// `time/iter` is a run as the host sees it: upload, dispatches, and the wait, which alone takes about 11 ms. The table
// below has the device's own time of the kernels. First runs compile; to see how long that takes, turn off the driver's
// cache (Mesa: MESA_SHADER_CACHE_DISABLE=true).

import type { Family } from "../../engine/graph/node.ts";
import { Plan } from "../../engine/plan/plan.ts";
import { kernelCases } from "./cases.ts";
import { benchDevice, isSoftware, type KernelTiming, measure } from "./measure.ts";
import { ceilingLine, timingTable } from "./report.ts";

const rows: KernelTiming[] = [];
const lines: string[] = [];
const software = await isSoftware();

for (const family of ["lane", "tile"] satisfies Family[]) {
  const cases = kernelCases(family, software && family === "tile");
  for (const test of cases) {
    let plan: Plan | null = null;
    Deno.bench({
      name: `${test.op} ${test.shape}, ${family}`,
      n: 5,
      warmup: 1,
      fn: async (timer) => {
        const { device, ceiling } = await benchDevice(family);
        if (plan === null) {
          rows.push(await measure(test));
          plan = await Plan.make(device, { outputs: test.outputs });
          if (test === cases[0]) lines.push(ceilingLine(device.adapter, family, ceiling));
        }
        timer.start();
        plan.run(test.feeds);
        await device.finish();
        timer.end();
      },
    });
  }
}

globalThis.addEventListener("unload", () => console.log(`\n${lines.join("\n")}\n\n${timingTable(rows)}\n`));

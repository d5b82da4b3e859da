// Throughput of the kernels beside the adapter's measured ceiling, both families.
//
//   deno task bench bench/kernels/kernels_bench.ts
//
// `time/iter` is a run as the host sees it: upload, dispatches, and the wait, which alone takes about 11 ms. The table
// below it is the device's own time of the kernels. First runs compile; to see how long that takes, forbid the driver
// its cache (Mesa: MESA_SHADER_CACHE_DISABLE=true).

import type { Family } from "../../engine/graph/node.ts";
import { Plan } from "../../engine/plan/plan.ts";
import { casesOf } from "./cases.ts";
import { bench, isSoftware, measure, type Row } from "./measure.ts";
import { ceilingLine, tableOf } from "./report.ts";

const rows: Row[] = [];
const lines: string[] = [];
const software = await isSoftware();

for (const family of ["lane", "tile"] satisfies Family[]) {
  const cases = casesOf(family, software && family === "tile");
  for (const test of cases) {
    let plan: Plan | null = null;
    Deno.bench({
      name: `${test.op} ${test.shape}, ${family}`,
      n: 5,
      warmup: 1,
      fn: async (timer) => {
        const { device, ceiling } = await bench(family);
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

globalThis.addEventListener("unload", () => console.log(`\n${lines.join("\n")}\n\n${tableOf(rows)}\n`));

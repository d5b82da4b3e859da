// Compares llvmpipe's vectors of 256 and of 512 bits, shape by shape, two processes taking turns:
//
//   deno run -A --no-lock bench/kernels/widths.ts [parts of the names of workloads, with commas between [turns]]
//
// The workloads are those of `deno task bench:peers`. The driver's width holds for a whole process; without AVX-512 it
// computes 512 bits as two halves. Ratios are of the processor's time, which other programs disturb less than the
// clock; rates are what two threads reach at that time.

import { checkChosen, isChosen } from "../peers/options.ts";
import { PeerProcess } from "../peers/peer_process.ts";
import { rateOf, samplesAgree, toleranceOf } from "../peers/results.ts";
import { WORKLOADS } from "../peers/workload_list.ts";

/** Most seconds of a turn: both runs of the first, compilation included. */
const LIMIT_S = 300;

const [parts = "matmul 512,matmul 1024,conv,resnet32", turns = "4"] = Deno.args;
const words = parts.split(",").map((part) => part.trim());
checkChosen("the first argument", words, WORKLOADS.map(({ name }) => name));

const ours = new URL("../peers/ours/ours.ts", import.meta.url).href;
const widths = ["256", "512"].map((width) =>
  new PeerProcess({
    name: `${width} bits`,
    command: [Deno.execPath(), "run", "-A", "--no-lock", ours],
    env: { LP_NATIVE_VECTOR_WIDTH: width },
  })
);
console.log("| workload | 256 bits | 512 bits | of its rate | by the clock |");
console.log("| -------- | -------: | -------: | ----------: | -----------: |");
for (const workload of WORKLOADS.filter(({ name }) => isChosen(name, words))) {
  const best = widths.map(() => ({ clock: Infinity, processor: Infinity }));
  const samples: number[][] = [];
  let why = "";
  for (let turn = 0; turn < Number(turns) && why === ""; turn++) {
    for (const [i, process] of widths.entries()) {
      const { ms, processorMs, sample, why: reason } = await process.ask(workload, LIMIT_S, turn > 0);
      if (ms === null || processorMs === undefined) {
        why = reason ?? "the system does not tell the processor's time";
        break;
      }
      samples[i] = sample;
      best[i].clock = Math.min(best[i].clock, ms);
      best[i].processor = Math.min(best[i].processor, processorMs);
    }
  }
  if (why === "") {
    const same = samplesAgree(toleranceOf(workload), samples[0], samples[1]);
    const rates = best.map(({ processor }) => rateOf(workload, processor / 2).toPrecision(3));
    const ratio = (of: "clock" | "processor") => (best[0][of] / best[1][of]).toFixed(2);
    const cells = [...rates, ratio("processor"), ratio("clock")];
    console.log(
      `| ${workload.name}, ${workload.unit}${same ? "" : ": they differ"} | ${cells.join(" | ")} |`,
    );
  } else console.log(`| ${workload.name}: ${why} | | | | |`);
}
await Promise.all(widths.map((process) => process.end()));

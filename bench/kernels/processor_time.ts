// Compares workloads by the processor's time, which other programs disturb less than the clock, on a software adapter:
//
//   deno run -A --no-lock bench/kernels/processor_time.ts widths | torch [parts [turns]]
//
// `widths` sets llvmpipe's vectors of 256 bits beside those of 512, which hold for a whole process; `torch` sets ours
// beside PyTorch's settings. Each side is a process, and they take turns (4). The workloads are those of `deno task
// bench:peers` whose names have one of the parts, with commas between. A rate is what two threads reach at that time. ONNX
// Runtime is left out: its threads take the processor while they wait.

import { checkChosen, isChosen } from "../peers/options.ts";
import { PeerProcess } from "../peers/peer_process.ts";
import type { Peer } from "../peers/protocol.ts";
import { rateOf, samplesAgree, toleranceOf } from "../peers/results.ts";
import { torchPeers } from "../peers/torch/torch.ts";
import { WORKLOADS } from "../peers/workload_list.ts";
import type { Workload } from "../peers/workloads.ts";

/** Most seconds of a turn, compilation included. */
const LIMIT_S = 400;
const THREADS = 2;

const script = new URL("../peers/ours/ours.ts", import.meta.url).href;
const ours: Peer = { name: "everyclass", command: [Deno.execPath(), "run", "-A", "--no-lock", script] };
const sidesOf: Record<string, () => Promise<Peer[]>> = {
  widths: () =>
    Promise.resolve(
      ["256", "512"].map((width) => ({
        ...ours,
        name: `${width} bits`,
        env: { LP_NATIVE_VECTOR_WIDTH: width },
      })),
    ),
  torch: async () => [ours, ...(await torchPeers()).peers],
};

const [what, parts = "conv", turns = "4"] = Deno.args;
if (!Object.hasOwn(sidesOf, what ?? "")) throw new TypeError("Cannot compare: it takes widths or torch");
const words = parts.split(",").map((part) => part.trim());
checkChosen("the second argument", words, WORKLOADS.map(({ name }) => name));
const sides = (await sidesOf[what]()).map((peer) => new PeerProcess(peer));

console.log("rates by the processor's time, and by the clock");
for (const workload of WORKLOADS.filter(({ name }) => isChosen(name, words))) {
  console.log(`${workload.name}, ${workload.unit}: ${(await cells(workload)).join("; ")}`);
}
await Promise.all(sides.map((process) => process.end()));

/** Measures a workload on all sides that take it, in turns; the best of each, and how many times as fast the first is. */
async function cells(workload: Workload): Promise<string[]> {
  const asked = sides.filter(({ peer }) => peer.takes?.(workload) ?? true);
  const best = asked.map(() => ({ clock: Infinity, processor: Infinity }));
  const samples: number[][] = [];
  for (let turn = 0; turn < Number(turns); turn++) {
    for (const [i, process] of asked.entries()) {
      const answer = await process.ask(workload, LIMIT_S, turn > 0);
      if (answer.ms === null || answer.processorMs === undefined) {
        return [`${process.peer.name}: ${answer.why ?? "the system does not tell the processor's time"}`];
      }
      samples[i] = answer.sample;
      best[i].clock = Math.min(best[i].clock, answer.ms);
      best[i].processor = Math.min(best[i].processor, answer.processorMs);
    }
  }
  const rate = (ms: number) => rateOf(workload, ms).toPrecision(3);
  const told = asked.map(({ peer: { name, setting = "" } }, i) => {
    const { clock, processor } = best[i];
    const same = samplesAgree(toleranceOf(workload), samples[0], samples[i]) ? "" : ", another result";
    return `${setting || name} ${rate(processor / THREADS)} (${rate(clock)})${same}`;
  });
  const times = (of: "clock" | "processor") =>
    (Math.min(...best.slice(1).map((side) => side[of])) / best[0][of]).toFixed(2);
  return [...told, `the first ${times("processor")} times as fast as the best other (${times("clock")})`];
}

// The main job beside PyTorch: from a cross-entropy checkpoint of CIFAR100-LT to its re-trained classifier, by the clock,
// recall included, each run in a process of its own.
//
//   deno run -A bench/peers/main_job.ts --data DIR --checkpoint FILE [--views 4,1] [--torch-epochs 40] [--seed 0]
//     [--python python3] [--out FILE.md]
//
// Ours: `deno task finetune` by configs/cifar100-lt-gml.yaml. PyTorch: main_job.py, the paper's procedure, from the start
// of Python to the last test image, without the seconds in which it chooses how to load. With --torch-epochs below 40
// the time of 40 is extrapolated, and there are no recall figures.

import { parseArgs } from "@std/cli";
import { mainJobMarkdown } from "./main_job_report.ts";
import { EPOCHS, mainJob, MISSING, torchEpochsOf } from "./main_job_run.ts";

await main();

/** The job by the command line's flags; a line that says why there is none where they name no data or checkpoint. */
async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["data", "checkpoint", "views", "torch-epochs", "seed", "python", "out"],
    default: { views: "4,1", "torch-epochs": `${EPOCHS}`, seed: "0" },
  });
  const { data, checkpoint, python, out } = flags as Record<string, string | undefined>;
  if (!data || !checkpoint) {
    console.error(`Skipping the main job: ${MISSING}`);
    return;
  }
  const torchEpochs = torchEpochsOf(flags["torch-epochs"] as string), seed = Number(flags.seed);
  const views = String(flags.views).split(",");
  const job = await mainJob({
    data: await Deno.realPath(data),
    checkpoint: await Deno.realPath(checkpoint),
    views,
    torchEpochs,
    seed,
    python,
  });
  const text = mainJobMarkdown(job);
  if (out) await Deno.writeTextFile(out, text);
  console.log(text);
}

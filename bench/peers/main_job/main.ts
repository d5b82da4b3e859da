// Times the main job here and in PyTorch: from a cross-entropy checkpoint of CIFAR100-LT to its re-trained classifier and
// its recall, by the clock, each run in a process of its own.
//
//   deno run -A bench/peers/main_job/main.ts --help
//
// Ours: `deno task finetune` by configs/cifar100-lt-gml.yaml. PyTorch: main_job.py with the same views, so that engines
// differ alone, and with fresh ones, the paper's procedure; from the start of Python to the last test image, without the
// seconds in which it chooses how to load. With --torch-epochs below 40 the time of 40 epochs of fresh views is
// extrapolated, and they have no recall figures.

import { prepareFile, writeWhole } from "../../../data/disk/mod.ts";
import { readOptions } from "../../command_line.ts";
import { mainJobMarkdown } from "./report.ts";
import { mainJob } from "./run.ts";
import { MAIN_JOB_COMMAND, mainJobOptions } from "../options.ts";

try {
  await main(readOptions(MAIN_JOB_COMMAND, mainJobOptions));
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exit(1);
}

/** Runs the job by the command line's flags. @throws {SyntaxError} without data or checkpoint. */
async function main(options: ReturnType<typeof mainJobOptions>): Promise<void> {
  const { data, checkpoint, python, out, views, seed, torchEpochs } = options;
  using _file = out === null ? null : prepareFile(out);
  const paths = { data: await Deno.realPath(data), checkpoint: await Deno.realPath(checkpoint) };
  const text = mainJobMarkdown(await mainJob({ ...paths, views, torchEpochs, seed, python }));
  if (out !== null) await writeWhole(out, text);
  console.log(text);
}

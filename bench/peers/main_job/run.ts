// Runs the main job here and in PyTorch, each run in a process of its own.

import { fileURLToPath } from "node:url";
import type { Summary } from "../../../train/results/records.ts";
import { pythonWith } from "../../python.ts";
import { unique } from "../ratios.ts";
import { torchEnv } from "../torch/torch.ts";

/** Number of epochs in the recipe. */
export const EPOCHS = 40;

/** Recall figures of a re-trained model, in per cent. */
export interface Figures {
  mean: number;
  gMean: number;
  hMean: number;
  lowest: number;
}

/** One of our runs. */
export interface OurRun {
  /** Stored views, or `fresh` ones in every epoch. */
  views: string;
  /** From the start of the process to its end. */
  seconds: number;
  /** Seconds of the frozen network, for views and test images. */
  forward: number;
  /** Seconds of the steps of the classifier. */
  retrain: number;
  figures: Figures;
  adapter: string;
  versions: Record<string, string>;
}

/** One of PyTorch's runs. */
export interface TorchRun {
  /** Stored views, as ours are, or `fresh` ones in every epoch, the paper's procedure. */
  views: string;
  /** For all epochs of the recipe; extrapolated where `epochs` were fewer. */
  seconds: number;
  epochs: number;
  /** Seconds of the frozen network, for stored views and test images; null with fresh views, whose epochs run it. */
  forward: number | null;
  /** Seconds of the steps of the classifier; null with fresh views. */
  retrain: number | null;
  /** Fresh views alone: how an epoch went. */
  fresh?: FreshEpochs;
  /** Null where not all epochs were run. */
  figures: Figures | null;
  device: string;
  /** True where the device is a GPU. */
  cuda: boolean;
  versions: Record<string, string>;
}

/** The epochs of a run with fresh views. */
export interface FreshEpochs {
  /** Mean seconds of an epoch. */
  epochSeconds: number;
  /** Seconds of the start, loading and the test images. */
  otherSeconds: number;
  /** Name of the faster way to make batches, and milliseconds a batch of both. */
  loader: string;
  triedMsPerBatch: Record<string, number>;
}

/** Our runs, and PyTorch's with the same views and with fresh ones, or the reason why it did not run. */
export interface MainJob {
  date: string;
  seed: number;
  ours: OurRun[];
  torch: TorchRun[] | { why: string };
}

/** Settings of the main job. */
export interface MainJobOptions {
  data: string;
  checkpoint: string;
  /** Views of each of our runs. */
  views: readonly string[];
  /** Epochs that PyTorch is timed on with fresh views. */
  torchEpochs: number;
  seed: number;
  /** Python with torchvision; by default the first one found. */
  python?: string | undefined;
}

/** Runs the job here with each number of views, then in PyTorch with the same, and with fresh ones. */
export async function mainJob(options: MainJobOptions): Promise<MainJob> {
  const ours: OurRun[] = [];
  for (const views of options.views) ours.push(await runOurs(options, views));
  const date = new Date().toISOString().slice(0, 10);
  const torch = await runTorch(options).catch(({ message }: Error) => ({ why: message }));
  return { date, seed: options.seed, ours, torch };
}

async function runOurs({ data, checkpoint, seed }: MainJobOptions, views: string): Promise<OurRun> {
  const folder = await Deno.makeTempDir({ prefix: "main_job-" });
  try {
    const args = ["task", "--quiet", "finetune", "--json", "--quiet"];
    args.push("--config", "configs/cifar100-lt-gml.yaml", "--set", `views=${views}`, "--seed", `${seed}`);
    args.push("--data", data, "--checkpoint", checkpoint, "--out", `${folder}/run`);
    const { seconds, text } = await runTimed(Deno.execPath(), args, {});
    const { after, seconds: parts, adapter, versions } = JSON.parse(text) as Summary;
    const { mean, gmean, hmean, lowest } = after!;
    return {
      views,
      seconds,
      forward: parts.evaluate + parts.features,
      retrain: parts.train,
      figures: { mean, gMean: gmean, hMean: hmean, lowest },
      adapter,
      versions,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runTorch(options: MainJobOptions): Promise<TorchRun[] | { why: string }> {
  const python = await pythonWith("torchvision", options.python);
  if ("why" in python) return python;
  const script = fileURLToPath(new URL("../torch/main_job.py", import.meta.url));
  const { data, checkpoint, torchEpochs, seed } = options;
  const runs: TorchRun[] = [];
  for (const views of unique([...options.views, "fresh"])) {
    const args = [script, "--data", data, "--checkpoint", checkpoint, "--views", views];
    args.push("--epochs", `${torchEpochs}`, "--seed", `${seed}`);
    const { seconds, text } = await runTimed(python.command, args, await torchEnv());
    runs.push(torchRun(seconds, JSON.parse(text)));
  }
  return runs;
}

/** The line that main_job.py prints. */
export type TorchTold =
  & Pick<TorchRun, "views" | "epochs" | "figures" | "device" | "cuda" | "versions">
  & Partial<Pick<FreshEpochs, "loader" | "triedMsPerBatch">>
  & { seconds: Record<"load" | "choose" | "views" | "train" | "evaluate", number> };

/** Works out a run of PyTorch. @param clock Seconds of the whole process; the time of choosing a loader does not count. */
export function torchRun(clock: number, told: TorchTold): TorchRun {
  const { seconds: parts, loader, triedMsPerBatch, ...rest } = told;
  if (loader === undefined || triedMsPerBatch === undefined) {
    return { ...rest, seconds: clock, forward: parts.views + parts.evaluate, retrain: parts.train };
  }
  const epochSeconds = parts.train / rest.epochs, otherSeconds = clock - parts.choose - parts.train;
  const fresh = { epochSeconds, otherSeconds, loader, triedMsPerBatch };
  return { ...rest, seconds: otherSeconds + EPOCHS * epochSeconds, forward: null, retrain: null, fresh };
}

/** Runs a program in the repository's folder to its end. */
async function runTimed(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ seconds: number; text: string }> {
  const start = performance.now();
  const { success, stdout } = await new Deno.Command(command, {
    args,
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    env,
    stderr: "inherit",
  }).output();
  const seconds = (performance.now() - start) / 1000;
  if (!success) {
    throw new Error(`Cannot measure the main job: ${command} ${args.join(" ")} failed, see above`);
  }
  return { seconds, text: new TextDecoder().decode(stdout) };
}

/** The reason why the main job does not run without its flags. */
export const MISSING =
  "it takes --data, a folder with CIFAR-100's python files, and --checkpoint, a cross-entropy ResNet-32 of CIFAR100-LT";

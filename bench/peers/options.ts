import type { Given } from "../../train/flags/command_line.ts";
import { HELP } from "../command_line.ts";
import { EPOCHS, type MainJobOptions, MISSING } from "./main_job/run.ts";

/** The command line of the comparison. */
export interface Options {
  /** Parts of the names of workloads; null for all. */
  only: string[] | null;
  /** Parts of the names of peers; null for all. */
  peers: string[] | null;
  /** Folder to write to. */
  out: string;
  /** Keeps the rows that the folder's table has of other workloads. */
  add: boolean;
  /** Leaves out workloads that take the slowest peer longer than some seconds. */
  quick: boolean;
  /** Most seconds of a peer's turn at a workload. */
  limit: number;
  /** Python with torch; null to look for one. */
  python: string | null;
  /** CIFAR-100's folder and a checkpoint, for the main job; null leaves the main job out. */
  data: string | null;
  checkpoint: string | null;
  /** Epochs that PyTorch is timed on in the main job. */
  torchEpochs: number;
}

/** The flags of the comparison. */
export const COMPARISON_COMMAND = {
  name: "bench:peers",
  call: "deno task bench:peers",
  about: "Run the same workloads here, in PyTorch, ONNX Runtime, jax-js and TensorFlow.js, and compare",
  flags: {
    only: { value: "PARTS", about: "workloads whose names have one of these parts, with commas between" },
    peers: {
      value: "PARTS",
      about: "peers whose names, settings included, have one of these parts, with commas between",
    },
    out: { value: "DIR", about: "folder of <adapter>.json, .md and .svg (default: runs/peers)" },
    add: { value: null, about: "keep what the folder's table tells of other workloads: a run in parts" },
    quick: { value: null, about: "leave out workloads that take the slowest peer more than some seconds" },
    limit: {
      value: "SECONDS",
      about: "longest turn of a peer at a workload; a longer one gets no time (default: 60)",
    },
    python: { value: "FILE", about: "Python with torch (default: the first one found)" },
    data: { value: "DIR", about: "CIFAR-100's python files, for the main job" },
    checkpoint: { value: "FILE", about: "cross-entropy ResNet-32 of CIFAR100-LT, for the main job" },
    "torch-epochs": {
      value: "N",
      about: `epochs of the main job with fresh views that PyTorch is timed on (default: ${EPOCHS})`,
    },
    ...HELP,
  },
  example: '--only "resnet32 training" --peers jax,torch',
} as const;

/** Reads the flags of the comparison. @throws {UsageError} on a bad value. @throws {RangeError} on a limit not above 0. */
export function comparisonOptions(given: Given<keyof typeof COMPARISON_COMMAND.flags>): Options {
  const parts = (text: string | null) =>
    text?.split(",").map((s) => s.trim()).filter((s) => s !== "") ?? null;
  const limit = Number(given.text("limit") ?? 60);
  if (!(limit > 0)) {
    throw new RangeError(
      `Cannot compare: it takes a limit above 0 seconds, current is ${given.text("limit")}`,
    );
  }
  return {
    only: parts(given.text("only")),
    peers: parts(given.text("peers")),
    out: given.text("out") ?? "runs/peers",
    add: given.has("add"),
    quick: given.has("quick"),
    limit,
    python: given.text("python"),
    data: given.text("data"),
    checkpoint: given.text("checkpoint"),
    torchEpochs: given.whole("torch-epochs", 1, EPOCHS) ?? EPOCHS,
  };
}

/** Tells whether a name contains one of the parts, in capitals or not; null chooses every name. */
export function isChosen(name: string, parts: readonly string[] | null): boolean {
  return parts === null || parts.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}

/** Checks that every part is in some name. @param flag For the error. @throws {RangeError} on a part of no name. */
export function checkChosen(flag: string, parts: readonly string[] | null, names: readonly string[]): void {
  const unknown = parts?.filter((part) => !names.some((name) => isChosen(name, [part])));
  if (!unknown || (parts!.length > 0 && unknown.length === 0)) return;
  throw new RangeError(
    `Cannot compare: ${flag} takes parts of names, current has ${
      unknown.join(", ") || "none"
    }: the names are\n  ` +
      names.join("\n  "),
  );
}

/** The flags of the main job alone. */
export const MAIN_JOB_COMMAND = {
  name: "the main job",
  call: "deno run -A bench/peers/main_job/main.ts",
  about: "Re-train a checkpoint of CIFAR100-LT here and in PyTorch, by the clock",
  flags: {
    data: COMPARISON_COMMAND.flags.data,
    checkpoint: COMPARISON_COMMAND.flags.checkpoint,
    views: {
      value: "LIST",
      about: "stored views of each run here and in PyTorch, or fresh, with commas between (default: 4,1)",
    },
    "torch-epochs": COMPARISON_COMMAND.flags["torch-epochs"],
    seed: { value: "N", about: "seed of all runs (default: 0)" },
    python: COMPARISON_COMMAND.flags.python,
    out: { value: "FILE", about: "Markdown file to write, too" },
    ...HELP,
  },
  example: "--data DIR --checkpoint FILE",
} as const;

/**
 * Reads the flags of the main job alone.
 *
 * @throws {SyntaxError} without data or checkpoint. @throws {RangeError} on bad views.
 * @throws {UsageError} on another bad value.
 */
export function mainJobOptions(
  given: Given<keyof typeof MAIN_JOB_COMMAND.flags>,
): MainJobOptions & { out: string | null } {
  const [data, checkpoint] = [given.text("data"), given.text("checkpoint")];
  if (data === null || checkpoint === null) throw new SyntaxError(`Cannot run the main job: ${MISSING}`);
  const list = given.text("views") ?? "4,1", views = list.split(",");
  if (views.some((views) => views !== "fresh" && !/^[1-9]\d*$/.test(views))) {
    throw new RangeError(
      `Cannot run the main job: --views takes whole numbers and fresh, with commas between, current is ${list}`,
    );
  }
  return {
    data,
    checkpoint,
    python: given.text("python") ?? undefined,
    out: given.text("out"),
    views,
    seed: given.whole("seed", 0) ?? 0,
    torchEpochs: given.whole("torch-epochs", 1, EPOCHS) ?? EPOCHS,
  };
}

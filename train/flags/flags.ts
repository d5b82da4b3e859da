import { type CommandWords, type FlagWords, type Given, readFlags } from "./command_line.ts";
import { UsageError } from "./errors.ts";
import { fromStanding } from "./standing.ts";

/** The kernel families a user can ask for; `auto` leaves the choice to the adapter. */
export type Family = "auto" | "tile" | "lane";

/** Ablations in a table of several runs: none, those that only re-train classifiers, or all. */
export type Ablations = "none" | "quick" | "all";

/** The models that a checkpoint of finetune holds: that of stage 1, the re-trained one, and both together. */
const MODELS = ["before", "after", "ensemble"] as const;

/** The flags of a command line; null where a flag was not given. */
export interface Flags {
  /** Config file. */
  config: string | null;
  /** Folder with the data set's files. */
  data: string | null;
  /** Weights to begin with. */
  checkpoint: string | null;
  /** URL or folder that has published weights. */
  mirror: string | null;
  /** File of the training images' features. */
  "features": string | null;
  /** File of the training images' labels. */
  "labels": string | null;
  /** File of the test images' features. */
  "test-features": string | null;
  /** File of the test images' labels. */
  "test-labels": string | null;
  /** File of a classifier's weight. */
  "weight": string | null;
  /** File of a classifier's bias. */
  "bias": string | null;
  /** All values of `checkpoint`, for a command that takes several. */
  checkpoints: string[];
  /** Run folder to write. */
  out: string | null;
  /** Folder of an interrupted run to continue. */
  resume: string | null;
  /** Config keys as `key=value`, in the order given. */
  set: string[];
  /** Seed of the run, at most 2^32 - 1. */
  seed: number | null;
  /** Number of seeds to run, at least 1. */
  seeds: number | null;
  /** Ablations to run. */
  ablations: Ablations | null;
  /** Kernel family. */
  family: Family | null;
  /** A second checkpoint whose probabilities are averaged with the first one's; "": the second model in its file. */
  ensemble: string | null;
  /** Which of the models of a checkpoint to take; null: the one that it keeps. */
  which: typeof MODELS[number] | null;
  /** Checkpoints whose probabilities are averaged with the first one's. */
  models: readonly string[];
  /** File to write the predicted labels to. */
  predictions: string | null;
  /** Number of classes of synthetic images, which replace the config's. */
  classes: number | null;
  /** File to write the times of all dispatches to. */
  trace: string | null;
  /** Number of classes that are told of an image. */
  topk: number | null;
  /** Least probability of a class that is told. */
  threshold: number | null;
  /** Operands of the command, as written. */
  operands: string[];
  /** Print nothing but errors (and the summary with `json`). */
  quiet: boolean;
  /** Print the summary as JSON on stdout and nothing else there. */
  json: boolean;
  /** Print all config keys and do nothing. */
  keys: boolean;
  /** Print the help and do nothing. */
  help: boolean;
}

/** The name of a flag, without its dashes. */
export type FlagName = Exclude<keyof Flags, "checkpoints" | "models" | "operands"> | "model" | ShortForm;

/** Flags that stand for a config key. */
const SHORT_FORMS = {
  adjust: "adjust.t",
  target: "adjust.target",
  "give-up": "adjust.giveUp",
  unlabelled: "adjust.unlabelled",
  tta: "tta",
  costs: "costs",
} as const;

/** The name of a flag that stands for a config key. */
type ShortForm = keyof typeof SHORT_FORMS;

/** The flags as the help shows them. */
export const flagTable: Record<FlagName, FlagWords> = {
  config: {
    value: "FILE",
    about: "config to run, YAML (default: the command's own, in configs/)",
  },
  data: { value: "DIR", about: "folder with the data set's files (key data.dir)" },
  checkpoint: { value: "FILE", about: "weights to begin with, torch or safetensors (key checkpoint)" },
  mirror: {
    value: "URL|DIR",
    about: "where published weights are, in place of the official address (key mirror)",
  },
  "features": {
    value: "FILE",
    about: "features [N, F] of the training images, .npy, .npz:NAME or .safetensors:NAME (key data.features)",
  },
  "labels": { value: "FILE", about: "their labels [N], or a text file, one a line (key data.labels)" },
  "test-features": {
    value: "FILE",
    about: "features of the test images (key data.testFeatures; default: a fifth of each class)",
  },
  "test-labels": { value: "FILE", about: "their labels (key data.testLabels)" },
  "weight": { value: "FILE", about: "weight [C, F] of the classifier to begin with (key weight)" },
  "bias": { value: "FILE", about: "its bias [C] (key bias)" },
  ensemble: {
    value: "FILE",
    optional: true,
    about:
      "average with a second checkpoint, or without FILE with the stage-1 model in a checkpoint of finetune",
  },
  which: {
    value: "before|after|ensemble",
    about:
      "model of a checkpoint of finetune: stage 1's, the re-trained one or both (default: the one kept, key keep)",
  },
  model: {
    value: "FILE",
    about: "average with this checkpoint too, each on its own backbone; can be repeated",
  },
  adjust: {
    value: "T|auto",
    about: "take T log(training images) off each class's logit; auto: chosen (key adjust.t)",
  },
  target: {
    value: "hmean|lowest|mean|balanced",
    about: "number that --adjust auto raises (key adjust.target)",
  },
  "give-up": {
    value: "POINTS",
    about: "most points of mean recall that --adjust auto may cost (key adjust.giveUp)",
  },
  unlabelled: {
    value: "DIR",
    about: "images without labels, about as many of each class, to choose by (key adjust.unlabelled)",
  },
  tta: {
    value: "none|flip",
    about: "look at each image as it is, or mirrored too (key tta)",
  },
  costs: {
    value: "FILE",
    about: "CSV of what calling a row's class a column's class costs (key costs)",
  },
  predictions: { value: "FILE", about: "write one predicted label per line, in test order" },
  out: { value: "DIR", about: "run folder to write (default: a new runs/<name>)" },
  resume: { value: "DIR", about: "continue the interrupted run in this folder" },
  set: { value: "KEY=VALUE", about: "set a config key, such as optimizer.lr=0.1; can be repeated" },
  seed: { value: "N", about: "seed of the run, or the first of several (key seed)" },
  seeds: { value: "N", about: "how many seeds to run (default: 3)" },
  ablations: {
    value: "none|quick|all",
    about: "further rows: quick (default) re-trains classifiers only; all also runs the backbone again",
  },
  family: {
    value: "auto|tile|lane",
    about: "kernel family: tile for GPUs, lane for software adapters (key family)",
  },
  classes: {
    value: "N",
    about: "take synthetic images of so many classes (default: only where the config's data is missing)",
  },
  trace: { value: "FILE", about: "write the dispatches as a trace for chrome://tracing or Perfetto" },
  topk: { value: "K", about: "how many classes of an image to tell (default: 2)" },
  threshold: { value: "P", about: "least probability, 0 to 1, of a class; below it the image is unsure" },
  quiet: { value: null, about: "print nothing but errors" },
  json: { value: null, about: "print the summary as JSON on stdout, and nothing else there" },
  keys: {
    value: null,
    about: "print all config keys, what they mean and take, and stop (a JSON Schema with --json)",
  },
  help: { value: null, about: "print this and stop" },
};

/** Parts of a command's description that few commands have. */
export interface OwnWords {
  /** Operands of the command, such as `FILE ...`. */
  operands?: string;
  /** Flags that mean something else to it. */
  own?: Partial<Record<FlagName, FlagWords>>;
}

/** Describes a command. @param name Its name. @param about One line on what it does. @param allowed The flags that it takes. */
export function wordsOf(
  name: string,
  about: string,
  allowed: readonly FlagName[],
  example: string,
  { operands, own = {} }: OwnWords = {},
): CommandWords<FlagName> {
  const flags = Object.fromEntries(allowed.map((flag) => [flag, own[flag] ?? flagTable[flag]]));
  return {
    name,
    call: `deno task ${name}`,
    about,
    flags: flags as typeof flagTable,
    operands,
    example,
    elsewhere: Object.keys(flagTable),
  };
}

/**
 * Reads the flags of a command.
 *
 * @param args The arguments after the command's name.
 * @param command The command and the flags that it takes.
 * @param repeated Flags that may be given several times; `set` always may.
 * @throws {UsageError} when a flag is unknown, misses its value, is given twice or has a value of a wrong kind.
 */
export function parseFlags(
  args: readonly string[],
  command: CommandWords<FlagName>,
  repeated: readonly FlagName[] = [],
): Flags {
  const given = readFlags(args, command);
  if (given.has("which") && given.has("ensemble")) {
    throw new UsageError(
      "Cannot take --which with --ensemble: it takes one of them, as --ensemble stands for --which ensemble: keep one",
    );
  }
  const text = (name: FlagName) => repeated.includes(name) ? given.all(name)[0] ?? null : given.text(name);
  const file = (name: FlagName) => {
    const path = text(name);
    return path === null ? null : fromStanding(path);
  };
  return {
    config: file("config"),
    data: file("data"),
    checkpoint: file("checkpoint"),
    checkpoints: given.all("checkpoint"),
    mirror: text("mirror"),
    "features": file("features"),
    "labels": file("labels"),
    "test-features": file("test-features"),
    "test-labels": file("test-labels"),
    "weight": file("weight"),
    "bias": file("bias"),
    out: file("out"),
    resume: file("resume"),
    set: [...given.all("set"), ...shortForms(given)],
    seed: given.whole("seed", 0, 2 ** 32 - 1),
    seeds: given.whole("seeds", 1, 1000),
    ablations: given.oneOf("ablations", ["none", "quick", "all"]),
    family: given.oneOf("family", ["auto", "tile", "lane"]),
    ensemble: file("ensemble"),
    models: given.all("model").map(fromStanding),
    which: given.oneOf("which", MODELS),
    predictions: file("predictions"),
    classes: given.whole("classes", 2, 1_000_000),
    trace: file("trace"),
    topk: given.whole("topk", 1, 1_000_000),
    threshold: given.share("threshold"),
    operands: [...given.operands],
    quiet: given.has("quiet"),
    json: given.has("json"),
    keys: given.has("keys"),
    help: given.has("help"),
  };
}

/** Writes flags that stand for a config key as `KEY=VALUE`; paths from where the user stands. */
function shortForms(given: Given<FlagName>): string[] {
  return Object.entries(SHORT_FORMS).flatMap(([flag, key]) => {
    const value = given.text(flag as ShortForm);
    if (value === null) return [];
    return [
      `${key}=${key === "costs" || flag === "unlabelled" ? JSON.stringify(fromStanding(value)) : value}`,
    ];
  });
}

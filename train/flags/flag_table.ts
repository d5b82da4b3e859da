import type { FlagWords } from "./command_line.ts";

/** The kernel families a user can ask for; `auto` leaves the choice to the adapter. */
export type Family = "auto" | "tile" | "lane";

/** Ablations in a table of several runs: none, those that only re-train classifiers, or all. */
export type Ablations = "none" | "quick" | "all";

/** The models that a checkpoint of finetune holds: that of stage 1, the re-trained one, and both together. */
export const MODELS = ["before", "after", "ensemble"] as const;

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
  /** File of features of images that no training uses. */
  "validation-features": string | null;
  /** File of their labels. */
  "validation-labels": string | null;
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
  /** Compute with the other processes of the job that a launcher of MPI started. */
  distributed: boolean;
  /** File or address of the MPI library. */
  "mpi-library": string | null;
  /** File or address of libturbojpeg. */
  "jpeg-library": string | null;
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
export const SHORT_FORMS = {
  adjust: "adjust.t",
  target: "adjust.target",
  "give-up": "adjust.giveUp",
  unlabelled: "adjust.unlabelled",
  tta: "tta",
  costs: "costs",
} as const;

/** The name of a flag that stands for a config key. */
export type ShortForm = keyof typeof SHORT_FORMS;

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
  "validation-features": {
    value: "FILE",
    about: "features that no training uses, to choose adjust: auto by (key data.validationFeatures)",
  },
  "validation-labels": {
    value: "FILE",
    about: "their labels, if they are known (key data.validationLabels)",
  },
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
  predictions: { value: "FILE", writes: true, about: "write one predicted label per line, in test order" },
  out: { value: "DIR", writes: true, about: "run folder to write (default: a new runs/<name>)" },
  resume: { value: "DIR", writes: true, about: "continue the interrupted run in this folder" },
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
  trace: {
    value: "FILE",
    writes: true,
    about: "write the dispatches as a trace for chrome://tracing or Perfetto",
  },
  topk: { value: "K", about: "how many classes of an image to tell (default: 2)" },
  threshold: { value: "P", about: "least probability, 0 to 1, of a class; below it the image is unsure" },
  distributed: {
    value: null,
    again: true,
    about: "compute with the other processes that mpirun started",
  },
  "mpi-library": {
    value: "URL|FILE",
    again: true,
    about: "MPI library to load (default: the system's); a URL ends in #sha256=DIGEST",
  },
  "jpeg-library": {
    value: "URL|FILE",
    again: true,
    about:
      "libturbojpeg to load for data.decoder=turbojpeg (default: the system's); a URL ends in #sha256=DIGEST",
  },
  quiet: { value: null, about: "print nothing but errors" },
  json: { value: null, about: "print the summary as JSON on stdout, and nothing else there" },
  keys: {
    value: null,
    about: "print all config keys, what they mean and take, and stop (a JSON Schema with --json)",
  },
  help: { value: null, about: "print this and stop" },
};

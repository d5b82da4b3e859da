import { flagTable } from "../flags/flags.ts";
import type { Command } from "./dispatch.ts";
import { loadCommand } from "./run_command.ts";

const common = [
  "config",
  "data",
  "checkpoint",
  "out",
  "set",
  "seed",
  "family",
  "jpeg-library",
  "quiet",
  "json",
  "keys",
  "help",
] as const;

/** Flags about images, which a command on features does not take. */
const ofImages: readonly string[] = ["data", "checkpoint", "jpeg-library"];

/** Flags that say how logits become a class. */
const judging = ["model", "adjust", "target", "tta", "costs"] as const;

const checkpointTo = (verb: string) => ({
  checkpoint: { value: "FILE", about: `model to ${verb}, torch or safetensors (key checkpoint)` },
});

/** The family where no config has a key for it. */
const family = { value: "auto|tile|lane", about: flagTable.family.about.replace(/ \(.*/, "") };

const severalModels = {
  checkpoint: { value: "[NAME=]FILE", about: "stage-1 model, with its name on the page; can be repeated" },
};

const words: Record<string, Omit<Command, "load">> = {
  finetune: {
    about:
      "Re-train the classifier of a stage-1 model on long-tailed data: evaluate, re-train, evaluate, report",
    flags: [...common, "mirror", "resume", "distributed", "mpi-library"],
    example: "--config configs/cifar100-lt-gml.yaml --data DIR --checkpoint FILE",
  },
  "retrain-features": {
    about:
      "Re-train a classifier on features from elsewhere, of any framework: evaluate, re-train, evaluate, report",
    flags: [
      ...["features", "labels", "test-features", "test-labels"] as const,
      ...["validation-features", "validation-labels", "weight", "bias"] as const,
      ...common.filter((flag) => !ofImages.includes(flag)),
      "resume",
    ],
    example:
      "--features train.npy --labels labels.npy --test-features test.npy --test-labels test-labels.npy",
  },
  train: {
    about: "Train a whole network on long-tailed data, from scratch or from a checkpoint, and evaluate it",
    flags: [...common, "mirror", "resume", "distributed", "mpi-library"],
    example: "--config configs/cifar100-lt-ce.yaml --data DIR",
  },
  evaluate: {
    about: "Measure a checkpoint on the test set: recall of every class and their means",
    flags: [...common, "which", "ensemble", ...judging, "unlabelled", "give-up", "predictions"],
    own: checkpointTo("measure"),
    repeated: ["model"],
    example: "--config configs/cifar100-lt-gml.yaml --data DIR --checkpoint FILE --predictions labels.txt",
  },
  adjust: {
    about: "Move a model between frequent and rare classes without training, at a point chosen or given",
    flags: [...common, ...judging, "unlabelled", "give-up"],
    own: checkpointTo("move"),
    repeated: ["model"],
    example: "--checkpoint runs/folder/checkpoint.safetensors --unlabelled photos",
  },
  predict: {
    about: "Tell the classes of images by a checkpoint alone: on the terminal, as a table or as a gallery",
    operands: "FILE|DIR|GLOB|LIST ...",
    flags: [
      ...["checkpoint", "out", "topk", "threshold", "which", "ensemble", "set", "family"] as const,
      ...judging,
      ...["jpeg-library", "quiet", "json", "help"] as const,
    ],
    own: {
      checkpoint: { value: "FILE", about: "model to predict by, a checkpoint of train or finetune" },
      out: {
        value: "FILE",
        about: "write FILE.csv, FILE.jsonl, or FILE.html, a gallery, in place of the table on the terminal",
      },
      set: {
        value: "KEY=VALUE",
        about:
          "tell what an older checkpoint does not: network, head, extraBlock, names, size, resize, mean, std; " +
          "or decoder, workers, memoryBudget, maxPixels, tune",
      },
      family,
      json: { value: null, about: "print all predictions as JSON on stdout, and nothing else there" },
    },
    repeated: ["model"],
    example: "photos 'more/*.jpg' --checkpoint runs/folder/checkpoint.safetensors --out photos.html",
  },
  "reproduce table1": {
    about:
      "Run the rows of the paper's Table 1 over several seeds, with ablations, beside the paper's numbers",
    flags: [...common, "seeds", "ablations", "resume"],
    example: "--checkpoint FILE --data DIR --seeds 3",
  },
  "reproduce figures": {
    about: "Draw the recall of every class before and after GML for several stage-1 models",
    flags: common,
    own: severalModels,
    repeated: ["checkpoint"],
    example: "--checkpoint BSCE=FILE --checkpoint MiSLAS=FILE --data DIR",
  },
  "reproduce beyond": {
    about:
      "Measure what the operating point, a second look and several models bring beside the paper's recipe",
    flags: [...common, "seeds"],
    own: severalModels,
    repeated: ["checkpoint"],
    example: "--checkpoint CE=FILE --checkpoint MiSLAS=FILE --data DIR --seeds 3",
  },
  compare: {
    about: "Set several runs side by side on one page: their configs, metrics and recalls, means over seeds",
    operands: "RUN RUN...",
    flags: ["out", "quiet", "json", "help"],
    own: { out: { value: "FILE", about: "page to write (default: runs/compare.html)" } },
    example: "runs/fashion-lt-gml runs/fashion-lt-gml-2",
  },
  profile: {
    about: "Time every dispatch of a step of a config, and tell what it takes of memory",
    flags: [...common.filter((flag) => flag !== "out" && flag !== "keys"), "classes", "trace"], // it leaves no run folder
    example: "--config configs/cifar100-lt-ce.yaml --trace trace.json",
  },
  doctor: {
    about: "Show the WebGPU adapter and what everyclass makes of it, and say what to install",
    flags: ["family", "json", "help"],
    own: {
      family,
      json: { value: null, about: "print the findings as JSON on stdout, and nothing else there" },
    },
    example: "",
  },
};

/** The commands of `deno task`, by name. */
export const commands: Record<string, Command> = Object.fromEntries(
  Object.entries(words).map(([name, words]) => [name, { ...words, load: () => loadCommand(name) }]),
);

import type { Command } from "../dispatch.ts";

/** What the help says of each command, apart from its code so that asking for help imports nothing else. */
export const usage: Record<"finetune" | "evaluate" | "doctor", Omit<Command, "load">> = {
  finetune: {
    about: "Re-train the classifier of a trained network on long-tailed data and report before and after.",
    flags: ["config", "data", "checkpoint", "out", "set", "seed", "family", "quiet", "json", "help"],
    example: "--config configs/cifar100-lt-gml.yaml --data cifar --checkpoint ce.pt",
  },
  evaluate: {
    about: "Measure a checkpoint on the test set, class by class; with --ensemble, two checkpoints together.",
    flags: [
      "config",
      "data",
      "checkpoint",
      "ensemble",
      "predictions",
      "out",
      "set",
      "seed",
      "family",
      "quiet",
      "json",
      "help",
    ],
    example: "--config configs/cifar100-lt-gml.yaml --data cifar --checkpoint ce.pt --predictions labels.txt",
  },
  doctor: {
    about: "Show the adapter, its limits, the kernel family and versions, and say what to install.",
    flags: ["family", "quiet", "json", "help"],
    example: "",
  },
};

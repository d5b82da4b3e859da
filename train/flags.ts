import { parseArgs } from "@std/cli";
import { UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** The kernel families a user can ask for; `auto` leaves the choice to the adapter. */
export type Family = "auto" | "tile" | "lane";

/** Which ablations a table of several runs has: none, those that only re-train classifiers, or all. */
export type Ablations = "none" | "quick" | "all";

/** A command line, understood: null where a flag was not given. */
export interface Flags {
  /** Config file. */
  config: string | null;
  /** Folder with the data set's files. */
  data: string | null;
  /** Weights to begin with. */
  checkpoint: string | null;
  /** All values of `checkpoint`, for a command that takes several. */
  checkpoints: string[];
  /** Run folder to write. */
  out: string | null;
  /** Folder of an interrupted run to go on with. */
  resume: string | null;
  /** Config keys as `key=value`, in the order given. */
  set: string[];
  /** Seed of the run, at most 2^32 - 1. */
  seed: number | null;
  /** How many seeds to run, at least 1. */
  seeds: number | null;
  /** Which ablations to run. */
  ablations: Ablations | null;
  /** Kernel family. */
  family: Family | null;
  /** A second checkpoint whose probabilities are averaged with the first one's. */
  ensemble: string | null;
  /** File to write the predicted labels to. */
  predictions: string | null;
  /** Classes of images that are made up in place of the config's. */
  classes: number | null;
  /** File to write the times of all dispatches to. */
  trace: string | null;
  /** Print nothing but errors (and the summary with `json`). */
  quiet: boolean;
  /** Print the summary as JSON on stdout and nothing else there. */
  json: boolean;
  /** Print the help and do nothing. */
  help: boolean;
}

/** The name of a flag, without its dashes. */
export type FlagName = Exclude<keyof Flags, "checkpoints">;

/** How a flag is written and what it does, for the help. */
export const flagTable: Record<FlagName, { value: string | null; about: string }> = {
  config: {
    value: "FILE",
    about: "config to run, YAML (default: the command's own, in configs/)",
  },
  data: { value: "DIR", about: "folder with the data set's files (key data.dir)" },
  checkpoint: { value: "FILE", about: "weights to begin with, torch or safetensors (key checkpoint)" },
  ensemble: { value: "FILE", about: "second checkpoint; the two models' probabilities are averaged" },
  predictions: { value: "FILE", about: "write one predicted label per line, in test order" },
  out: { value: "DIR", about: "run folder to write (default: a new runs/<name>)" },
  resume: { value: "DIR", about: "go on with the interrupted run in this folder" },
  set: { value: "KEY=VALUE", about: "set a config key, such as optimizer.lr=0.1; can be repeated" },
  seed: { value: "N", about: "seed of the run, or the first of several (key seed)" },
  seeds: { value: "N", about: "how many seeds to run (default: 3)" },
  ablations: {
    value: "none|quick|all",
    about: "more rows: those that only re-train (quick, the default), or all, with passes of their own",
  },
  family: {
    value: "auto|tile|lane",
    about: "kernel family: tile for GPUs, lane for software adapters (key family)",
  },
  classes: {
    value: "N",
    about: "take made-up images of so many classes (default: where the config's are not there)",
  },
  trace: { value: "FILE", about: "write the dispatches as a trace for chrome://tracing or Perfetto" },
  quiet: { value: null, about: "print nothing but errors" },
  json: { value: null, about: "print the summary as JSON on stdout, and nothing else there" },
  help: { value: null, about: "print this and stop" },
};

/**
 * Understands the flags of a command.
 *
 * @param args The arguments after the command's name.
 * @param command The command's name, for the messages.
 * @param allowed The flags that the command takes.
 * @param repeated Those of them that may be given several times; `set` always may.
 * @throws {UsageError} when a flag is unknown, misses its value, is given twice or has a value of a wrong kind.
 */
export function parseFlags(
  args: readonly string[],
  command: string,
  allowed: readonly FlagName[],
  repeated: readonly FlagName[] = [],
): Flags {
  const [withValue, switches] = [
    allowed.filter((f) => flagTable[f].value),
    allowed.filter((f) => !flagTable[f].value),
  ];
  // parseArgs silently takes `--json=maybe` as true and leaves out what follows a bare `--`.
  for (const arg of args) {
    const name = /^--(\w+)=/.exec(arg)?.[1];
    if (switches.includes(name as FlagName)) {
      throw new UsageError(`Cannot read --${name}: it takes no value, current is ${arg}`);
    }
    if (arg === "--") throw unknownArgument(arg, command, allowed);
  }
  const given = parseArgs(args, {
    string: withValue,
    collect: withValue,
    boolean: switches,
    alias: allowed.includes("help") ? { help: "h" } : {},
    unknown: (arg) => {
      throw unknownArgument(arg, command, allowed);
    },
  });

  const all = (name: FlagName): string[] =>
    ((given[name] ?? []) as string[]).map((value) => valueOf(name, value));
  const text = (name: FlagName): string | null => {
    const values = all(name);
    if (values.length > 1 && !repeated.includes(name)) {
      throw new UsageError(
        `Cannot take --${name} twice: current values are ${values.join(" and ")}: keep one`,
      );
    }
    return values.length ? values[0] : null;
  };
  return {
    config: text("config"),
    data: text("data"),
    checkpoint: text("checkpoint"),
    checkpoints: all("checkpoint"),
    out: text("out"),
    resume: text("resume"),
    set: all("set"),
    seed: wholeNumber("seed", text("seed"), 0, 2 ** 32 - 1),
    seeds: wholeNumber("seeds", text("seeds"), 1, 1000),
    ablations: oneOf("ablations", text("ablations"), ["none", "quick", "all"]),
    family: oneOf("family", text("family"), ["auto", "tile", "lane"]),
    ensemble: text("ensemble"),
    predictions: text("predictions"),
    classes: wholeNumber("classes", text("classes"), 2, 1_000_000),
    trace: text("trace"),
    quiet: given.quiet === true,
    json: given.json === true,
    help: given.help === true,
  };
}

function valueOf(name: FlagName, value: string): string {
  if (value !== "") return value;
  throw new UsageError(`Cannot read --${name}: it takes ${flagTable[name].value}, no value was given`);
}

function wholeNumber(name: FlagName, value: string | null, least: number, most: number): number | null {
  if (value === null) return null;
  if (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw new UsageError(
    `Cannot read --${name}: it takes a whole number from ${least} to ${most}, current value is ${value}`,
  );
}

function oneOf<T extends string>(name: FlagName, value: string | null, choices: readonly T[]): T | null {
  if (value === null || choices.includes(value as T)) return value as T | null;
  const hint = `did you mean ${nearest(value, choices)}?`;
  throw new UsageError(
    `Cannot read --${name}: it takes ${choices.join(", ")}, current value is ${value}: ${hint}`,
  );
}

function unknownArgument(arg: string, command: string, allowed: readonly FlagName[]): UsageError {
  if (!arg.startsWith("-")) {
    return new UsageError(
      `Cannot read ${arg}: ${command} takes flags only, such as --${allowed[0]}; a value goes after its flag`,
    );
  }
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  const written = arg.replace(/=.*$/s, "");
  if (Object.hasOwn(flagTable, name) && !allowed.includes(name as FlagName)) {
    return new UsageError(
      `Cannot take ${written}: it is not a flag of ${command}, which takes ${
        allowed.map((f) => `--${f}`).join(", ")
      }`,
    );
  }
  return new UsageError(
    `Cannot take ${written}: ${command} has no such flag; the nearest is --${nearest(name, allowed)}`,
  );
}

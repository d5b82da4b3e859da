import { isAddress } from "./address.ts";
import { type CommandWords, type FlagWords, type Given, readFlags } from "./command_line.ts";
import { UsageError } from "./errors.ts";
import { type FlagName, type Flags, flagTable, MODELS, SHORT_FORMS, type ShortForm } from "./flag_table.ts";
import { fromStanding } from "./standing.ts";

export { flagTable } from "./flag_table.ts";
export type { Ablations, Family, FlagName, Flags } from "./flag_table.ts";

/** Parts of a command's description that few commands have. */
export interface OwnWords {
  /** Operands of the command, such as `FILE ...`. */
  operands?: string | undefined;
  /** Flags that mean something else to it. */
  own?: Partial<Record<FlagName, FlagWords>>;
}

/** Flags of every command, behind its own in the help. */
const LAST: readonly FlagName[] = ["quiet", "json", "keys", "help"];

/** Describes a command. @param name Its name. @param about One line on what it does. @param allowed The flags that it takes. */
export function wordsOf(
  name: string,
  about: string,
  allowed: readonly FlagName[],
  example: string,
  { operands, own = {} }: OwnWords = {},
): CommandWords<FlagName> {
  const inOrder = allowed.toSorted((a, b) => LAST.indexOf(a) - LAST.indexOf(b));
  const flags = Object.fromEntries(inOrder.map((flag) => [flag, own[flag] ?? flagTable[flag]]));
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
    "validation-features": file("validation-features"),
    "validation-labels": file("validation-labels"),
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
    distributed: given.has("distributed"),
    "mpi-library": library(text("mpi-library")),
    "jpeg-library": library(text("jpeg-library")),
    operands: [...given.operands],
    quiet: given.has("quiet"),
    json: given.has("json"),
    keys: given.has("keys"),
    help: given.has("help"),
  };
}

/** A library's file from where the user stands, or its address as it is. */
function library(named: string | null): string | null {
  return named === null || isAddress(named) ? named : fromStanding(named);
}

/** The flags of a command line that gives no flag. */
export function noFlags(): Flags {
  return parseFlags([], wordsOf("", "", [], ""));
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

import { parseArgs } from "@std/cli";
import { pairLines } from "./columns.ts";
import { UsageError } from "./errors.ts";
import { nearest, sameWord } from "./nearest.ts";

/** A flag as the help shows it. */
export interface FlagWords {
  /** Name of its value; null for a flag without a value. */
  value: string | null;
  /** True where the flag may stand without its value, which is "" then. */
  optional?: boolean;
  /** True where the value names what the command writes; a `FILE` or `DIR` without it is read. */
  writes?: boolean;
  /** True for a flag that no config keeps, so that a command which goes on with the run gives it again. */
  again?: boolean;
  about: string;
}

/** A command and the flags that it takes, by name without dashes. */
export interface CommandWords<N extends string> {
  /** Its name, for the messages. */
  name: string;
  /** Command line without its flags. */
  call: string;
  /** One line on what it does. */
  about: string;
  flags: Readonly<Record<N, FlagWords>>;
  /** Operands of the command, given without a flag, such as `FILE ...`; by default a command takes flags only. */
  operands?: string | undefined;
  /** An example, without the command itself. */
  example: string;
  /** Flags of other commands, which have an error message of their own. */
  elsewhere?: readonly string[];
}

/** The flags of a command with their values on a command line. */
export class Given<N extends string> {
  /**
   * @param values Values of each flag, in order; "" for a flag that takes no value. @param operands Words on the
   * command line that belong to no flag.
   */
  constructor(
    private readonly values: ReadonlyMap<string, readonly string[]>,
    readonly operands: readonly string[] = [],
  ) {}

  /** Tells whether a flag is given. */
  has(name: N): boolean {
    return this.values.has(name);
  }

  /** All values of a flag. */
  all(name: N): string[] {
    return [...this.values.get(name) ?? []];
  }

  /** The only value of a flag; null where it is not given. @throws {UsageError} when it is given twice. */
  text(name: N): string | null {
    const values = this.all(name);
    if (values.length <= 1) return values[0] ?? null;
    throw new UsageError(
      `Cannot take --${name} twice: current values are ${values.join(" and ")}: keep one`,
    );
  }

  /** Reads a whole number in a range; null where the flag is not given. @throws {UsageError} on another value. */
  whole(name: N, least: number, most: number = Number.MAX_SAFE_INTEGER): number | null {
    const value = this.text(name);
    if (value === null) return null;
    if (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new UsageError(
      `Cannot read --${name}: it takes a whole number ${range}, current value is ${value}`,
    );
  }

  /** Reads a number from 0 to 1; null where the flag is not given. @throws {UsageError} on another value. */
  share(name: N): number | null {
    const value = this.text(name);
    if (value === null) return null;
    if (/^(\d+\.?\d*|\.\d+)$/.test(value) && Number(value) <= 1) return Number(value);
    throw new UsageError(`Cannot read --${name}: it takes a number from 0 to 1, current value is ${value}`);
  }

  /** Reads one of several words; null where the flag is not given. @throws {UsageError} on another word. */
  oneOf<T extends string>(name: N, choices: readonly T[]): T | null {
    const given = this.text(name);
    const value = given === null ? null : sameWord(given, choices);
    if (value === null || choices.includes(value as T)) return value as T | null;
    const hint = `did you mean ${nearest(value, choices)}?`;
    throw new UsageError(
      `Cannot read --${name}: it takes ${choices.join(", ")}, current value is ${value}: ${hint}`,
    );
  }
}

/**
 * Reads the arguments of a command: `--flag value`, `--flag=value`, `--switch`, and `-h` for `--help`. A value may
 * begin with a dash, such as -1; a value that begins with two dashes is written behind an equals sign.
 *
 * @throws {UsageError} when a flag is unknown, lacks its value, or has a value and takes none.
 */
export function readFlags<N extends string>(
  args: readonly string[],
  command: CommandWords<N>,
): Given<N> {
  const { flags } = command;
  const { line, operands } = joined(args, command);
  const values = new Map<string, string[]>();
  // parseArgs knows none of the flags: it passes each as it is written, in order, and this function takes or refuses it.
  parseArgs(line, {
    unknown(arg, name = "", value) {
      const isInline = arg.startsWith(`--${name}=`);
      if (!Object.hasOwn(flags, name) || !isInline && arg !== `--${name}`) {
        throw unknownArgument(arg, command);
      }
      const { value: takes, optional } = flags[name as N];
      const text = typeof value === "string" ? value : "";
      if (takes === null && isInline) {
        throw new UsageError(`Cannot read --${name}: it takes no value, current is ${arg}`);
      }
      if (takes === null && text) throw unknownArgument(text, command); // a word behind a flag without a value
      if (takes !== null && !text && !(optional && !isInline)) {
        const next = isInline ? "" : line[line.indexOf(arg) + 1] ?? "";
        throw missingValue(name, takes, next, flags);
      }
      values.set(name, [...values.get(name) ?? [], text]);
      return false;
    },
  });
  if (line.includes("--")) throw unknownArgument("--", command);
  return new Given(values, operands);
}

/**
 * Joins each value to its flag, since parseArgs takes -1 for a flag; `-h` becomes `--help`. Sets apart the operands of a
 * command that takes some; all behind `--` are. Beside operands a value that may be left out is joined by `=` alone.
 */
function joined(
  args: readonly string[],
  { flags, operands }: { flags: Readonly<Record<string, FlagWords>>; operands?: string | undefined },
): { line: string[]; operands: string[] } {
  const takesValue = (arg: string) => {
    const name = arg.slice(2);
    if (!arg.startsWith("--") || !Object.hasOwn(flags, name)) return false;
    return flags[name].value !== null && !(operands && flags[name].optional);
  };
  const [line, found]: string[][] = [[], []];
  let waits = false; // for the value of the last flag
  for (const [i, arg] of args.entries()) {
    if (operands && arg === "--") return { line, operands: [...found, ...args.slice(i + 1)] };
    if (waits && !/^--|^-h$/.test(arg)) {
      line.push(`${line.pop()}=${arg}`);
      waits = false;
    } else if (operands && !arg.startsWith("-")) found.push(arg);
    else {
      line.push(arg === "-h" && Object.hasOwn(flags, "help") ? "--help" : arg);
      waits = takesValue(arg);
    }
  }
  return { line, operands: found };
}

/** Writes the help of a command. */
export function helpOf<N extends string>(
  { call, about, flags, operands, example }: CommandWords<N>,
): string {
  const valueOf = ({ value, optional }: FlagWords) => optional ? `[=${value}]` : value ? ` ${value}` : "";
  return [
    `${call}${operands ? ` ${operands}` : ""} [flags]`,
    "",
    about,
    "",
    ...pairLines(
      Object.entries<FlagWords>(flags).map(([flag, words]) => [
        `--${flag}${valueOf(words)}`,
        words.about,
      ]),
    ),
    "",
    `Example: ${call} ${example}`.trimEnd(),
  ].join("\n");
}

/** @param next The argument behind the flag. */
function missingValue(
  name: string,
  takes: string,
  next: string,
  flags: Readonly<Record<string, FlagWords>>,
): UsageError {
  const named = next.replace(/^-+/, "").replace(/=.*$/s, "");
  const remedy = next.startsWith("--") && !Object.hasOwn(flags, named)
    ? `: one that begins with dashes is written --${name}=${next}`
    : "";
  return new UsageError(`Cannot read --${name}: it takes ${takes}, no value was given${remedy}`);
}

function unknownArgument<N extends string>(
  arg: string,
  { name: command, flags, elsewhere = [] }: CommandWords<N>,
): UsageError {
  const allowed = Object.keys(flags);
  if (!arg.startsWith("-")) {
    return new UsageError(
      `Cannot read ${arg}: ${command} takes flags only, such as --${allowed[0]}; a value goes after its flag`,
    );
  }
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  const written = arg.replace(/=.*$/s, "");
  if (elsewhere.includes(name) && !allowed.includes(name)) {
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

import { parseArgs } from "node:util";
import { UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** How a flag is written and what it does, for the help. */
export interface FlagWords {
  /** What its value is called; null: it has none. */
  value: string | null;
  about: string;
}

/** A command and the flags that it takes, by name without dashes. */
export interface CommandWords<N extends string> {
  /** Its name, for the messages. */
  name: string;
  /** How it is called, without its flags. */
  call: string;
  /** One line on what it does. */
  about: string;
  flags: Readonly<Record<N, FlagWords>>;
  /** An example, without the command itself. */
  example: string;
  /** Flags of other commands, to be told apart from unknown ones. */
  elsewhere?: readonly string[];
}

/** What a command line gives the flags of a command. */
export class Given<N extends string> {
  /** @param values Those of each flag, in order; a flag without a value has an empty one. */
  constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  /** Whether a flag is given. */
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

  /** A flag's whole number in a range; null where it is not given. @throws {UsageError} when it is none. */
  whole(name: N, least: number, most: number = Number.MAX_SAFE_INTEGER): number | null {
    const value = this.text(name);
    if (value === null) return null;
    if (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new UsageError(
      `Cannot read --${name}: it takes a whole number ${range}, current value is ${value}`,
    );
  }

  /** A flag's word of several; null where it is not given. @throws {UsageError} when it is another. */
  oneOf<T extends string>(name: N, choices: readonly T[]): T | null {
    const value = this.text(name);
    if (value === null || choices.includes(value as T)) return value as T | null;
    const hint = `did you mean ${nearest(value, choices)}?`;
    throw new UsageError(
      `Cannot read --${name}: it takes ${choices.join(", ")}, current value is ${value}: ${hint}`,
    );
  }
}

/**
 * Understands the arguments of a command: `--flag value`, `--flag=value`, `--switch`, and `-h` for `--help`. A value may
 * begin with a dash, as -1 does; one that begins with two is written behind an equals sign.
 *
 * @throws {UsageError} when a flag is unknown, misses its value or has one too many.
 */
export function readFlags<N extends string>(
  args: readonly string[],
  command: CommandWords<N>,
): Given<N> {
  const { flags } = command;
  const options = Object.entries<FlagWords>(flags).map(([name, { value }]) => {
    return [name, { type: value ? "string" : "boolean", ...name === "help" && { short: "h" } }] as const;
  });
  // Not strict: what it would refuse is told in this program's words.
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(options),
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option" || !Object.hasOwn(flags, token.name)) {
      throw unknownArgument(args[token.index], command);
    }
    const { name, value = "", inlineValue } = token;
    const { value: takes } = flags[name as N];
    if (takes === null && inlineValue) {
      throw new UsageError(`Cannot read --${name}: it takes no value, current is ${args[token.index]}`);
    }
    const isFlag = !inlineValue && /^--|^-h$/.test(value);
    if (takes !== null && (!value || isFlag)) {
      const named = value.replace(/^-+/, "").replace(/=.*$/s, "");
      const remedy = value.startsWith("--") && !Object.hasOwn(flags, named)
        ? `: one that begins with dashes is written --${name}=${value}`
        : "";
      throw new UsageError(`Cannot read --${name}: it takes ${takes}, no value was given${remedy}`);
    }
    values.set(name, [...values.get(name) ?? [], value]);
  }
  return new Given(values);
}

/** How a command is called, for `--help`. */
export function helpOf<N extends string>({ call, about, flags, example }: CommandWords<N>): string {
  const all = Object.entries<FlagWords>(flags);
  const heads = all.map(([flag, { value }]) => `--${flag}${value ? " " + value : ""}`);
  const width = Math.max(...heads.map((h) => h.length));
  return [
    `${call} [flags]`,
    "",
    about,
    "",
    ...heads.map((head, i) => `  ${head.padEnd(width)}  ${all[i][1].about}`),
    "",
    `Example: ${call} ${example}`.trimEnd(),
  ].join("\n");
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

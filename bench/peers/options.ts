import { parseArgs } from "@std/cli";

/** The command line of the comparison. */
export interface Options {
  /** Parts of the names of workloads; null for all. */
  only: string[] | null;
  /** Parts of the names of peers; null for all. */
  peers: string[] | null;
  /** Folder to write. */
  out: string;
  /** Leave out what takes longer than some seconds in the slowest peer. */
  quick: boolean;
}

/** How the comparison is called. */
export const USAGE = "deno task bench:peers [--only PARTS] [--peers PARTS] [--out FOLDER] [--quick]";

/** Understands a command line. @throws {SyntaxError} on what it does not know. */
export function optionsOf(args: string[]): Options {
  const flags = parseArgs(args, {
    string: ["only", "peers", "out"],
    boolean: ["quick"],
    unknown: (argument) => {
      throw new SyntaxError(`Cannot compare: it takes ${USAGE}, current has ${argument}`);
    },
  });
  const parts = (value: unknown) => typeof value === "string" ? value.split(",").map((s) => s.trim()) : null;
  return {
    only: parts(flags.only),
    peers: parts(flags.peers),
    out: typeof flags.out === "string" ? flags.out : "runs/peers",
    quick: flags.quick === true,
  };
}

/** Whether a name holds one of the parts. */
export function isChosen(name: string, parts: readonly string[] | null): boolean {
  return parts === null || parts.some((part) => name.includes(part));
}

// The command line in this process, with all that it prints caught.

import { join } from "node:path";
import type { Patience } from "../../data/disk/mod.ts";
import { indexPage } from "../../train/compare/index_page.ts";
import { cacheFolder } from "../../train/machine/cache.ts";
import { type Command, dispatch } from "../../train/cli/dispatch.ts";
import { commands } from "../../train/cli/main.ts";
import type { Flags } from "../../train/flags/flags.ts";
import type { StopSignal } from "../../train/terminal/signals.ts";
import type { Surroundings } from "../../train/run/session.ts";
import type { Processes } from "../../train/team/team.ts";

/** What a command left. */
export interface Finished {
  /** Its exit code. */
  code: number;
  /** What it printed on stdout. */
  out: string;
  /** What it printed on stderr: progress, then the error if there was one. */
  err: string;
}

/**
 * Runs a command line; `onProgress` hears every line of progress and can send a signal.
 *
 * @param cache Folder for what is kept. @param patience Wait for room on a full disk. @param processes Those of the run.
 */
export async function everyclass(
  args: readonly string[],
  onProgress: (line: string, send: (signal: StopSignal) => void) => void = () => {},
  cache: string = cacheFolder,
  patience?: Patience,
  processes?: Processes,
): Promise<Finished> {
  const finished = { code: 0, out: "", err: "" };
  let send: (signal: StopSignal) => void = () => {};
  const surroundings: Surroundings = {
    cache,
    ...patience && { patience },
    ...processes && { processes: () => Promise.resolve(processes) },
    print: (text) => finished.out += text + "\n",
    progress: {
      mode: "lines",
      write: (text) => {
        finished.err += text;
        onProgress(text, (signal) => send(signal));
      },
    },
    signals: (text) => (heard) => {
      let told = "";
      send = (signal) => {
        if (told === "") finished.err += told = text;
        heard(signal);
      };
      return Promise.resolve({ [Symbol.dispose]: () => send = () => {} });
    },
  };
  finished.code = await dispatch(args, commandsIn(surroundings), {
    out: (text) => finished.out += text + "\n",
    err: (text) => finished.err += text + "\n",
  });
  return finished;
}

/** The commands of the command line, with these surroundings. */
export function commandsIn(surroundings: Surroundings): Record<string, Command> {
  const inside = Object.entries(commands).map(([name, command]) => [name, {
    ...command,
    load: async () => {
      const { run } = await command.load() as {
        run(flags: Flags, surroundings: Surroundings): Promise<number>;
      };
      return { run: (flags: Flags) => run(flags, surroundings) };
    },
  }]);
  return Object.fromEntries(inside);
}

/** The names of a folder's entries, in order. */
export function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Puts an empty index of runs into a folder: every run that ends in the folder then writes it anew. */
export function beginIndex(folder: string): void {
  Deno.writeTextFileSync(join(folder, "index.html"), indexPage(folder, [], new Date(0)));
}

/** Tells whether the index of a folder has a row for a run, and no fault in it. */
export function isIndexed(folder: string, run: string): boolean {
  const row = Deno.readTextFileSync(join(folder, "index.html")).split("<tr>")
    .find((row) => row.includes(`>${run}</a></td>`) || row.includes(`>${run}</td>`));
  return row !== undefined && !row.includes("fault");
}

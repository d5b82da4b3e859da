import { parseArgs } from "@std/cli";
import { type MainJobOptions, MISSING, torchEpochsOf } from "./main_job_run.ts";

/** The command line of the comparison. */
export interface Options {
  /** Parts of the names of workloads; null for all. */
  only: string[] | null;
  /** Parts of the names of peers; null for all. */
  peers: string[] | null;
  /** Folder of the files that are written. */
  out: string;
  /** Leave out what takes longer than some seconds in the slowest peer. */
  quick: boolean;
  /** Seconds that a turn of a peer at a workload may take. */
  limit: number;
  /** Python with torch; null to look for one. */
  python: string | null;
  /** CIFAR-100's folder and a checkpoint, for the main job; null for none. */
  data: string | null;
  checkpoint: string | null;
  /** Epochs that PyTorch is timed on in the main job. */
  torchEpochs: number;
}

/** How the comparison is called. */
export const USAGE = "deno task bench:peers [--only PARTS] [--peers PARTS] [--out FOLDER] [--quick] " +
  "[--limit SECONDS] [--python PYTHON] [--data DIR --checkpoint FILE [--torch-epochs N]]";

/** Understands a command line. @throws {SyntaxError} on what it does not know. @throws {RangeError} on a limit that is none. */
export function optionsOf(args: string[]): Options {
  const flags = parseArgs(args, {
    string: ["only", "peers", "out", "limit", "python", "data", "checkpoint", "torch-epochs"],
    boolean: ["quick"],
    unknown: (argument) => {
      throw new SyntaxError(`Cannot compare: it takes ${USAGE}, current has ${argument}`);
    },
  });
  const parts = (value: unknown) =>
    typeof value === "string" ? value.split(",").map((s) => s.trim()).filter((s) => s !== "") : null;
  const text = (value: unknown) => typeof value === "string" ? value : null;
  const limit = Number(text(flags.limit) ?? 60);
  if (!(limit > 0)) {
    throw new RangeError(`Cannot compare: it takes a limit above 0 seconds, current is ${flags.limit}`);
  }
  return {
    only: parts(flags.only),
    peers: parts(flags.peers),
    out: text(flags.out) ?? "runs/peers",
    quick: flags.quick === true,
    limit,
    python: text(flags.python),
    data: text(flags.data),
    checkpoint: text(flags.checkpoint),
    torchEpochs: torchEpochsOf(text(flags["torch-epochs"])),
  };
}

/** Whether a name holds one of the parts, in capitals or not. */
export function isChosen(name: string, parts: readonly string[] | null): boolean {
  return parts === null || parts.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}

/** Makes sure that every part is one of a name. @param flag For the error. @throws {RangeError} where one is of none. */
export function checkChosen(flag: string, parts: readonly string[] | null, names: readonly string[]): void {
  const unknown = parts?.filter((part) => !names.some((name) => isChosen(name, [part])));
  if (!unknown || (parts!.length > 0 && unknown.length === 0)) return;
  throw new RangeError(
    `Cannot compare: ${flag} takes parts of names, current has ${
      unknown.join(", ") || "none"
    }: the names are\n  ` +
      names.join("\n  "),
  );
}

/**
 * Understands the command line of the main job alone.
 *
 * @throws {SyntaxError} on what it does not know, and without data or checkpoint. @throws {RangeError} on a seed, views or
 * epochs that are none.
 */
export function mainJobFlags(args: string[]): MainJobOptions & { out?: string } {
  const flags = parseArgs(args, {
    string: ["data", "checkpoint", "views", "torch-epochs", "seed", "python", "out"],
    default: { views: "4,1", seed: "0" },
    unknown: (argument) => {
      const takes = "--data, --checkpoint, --views, --torch-epochs, --seed, --python and --out";
      throw new SyntaxError(`Cannot run the main job: it takes ${takes}, current has ${argument}`);
    },
  }) as Record<string, string | undefined>;
  const { data, checkpoint, python, out } = flags;
  if (!data || !checkpoint) throw new SyntaxError(`Cannot run the main job: ${MISSING}`);
  const views = flags.views!.split(","), seed = Number(flags.seed);
  const wrong = views.find((views) => views !== "fresh" && !/^[1-9]\d*$/.test(views));
  if (wrong !== undefined || !Number.isInteger(seed) || seed < 0) {
    throw new RangeError(
      "Cannot run the main job: --views takes whole numbers and fresh, with commas between, --seed a whole number, " +
        `current are ${flags.views} and ${flags.seed}`,
    );
  }
  return {
    data,
    checkpoint,
    python,
    out,
    views,
    seed,
    torchEpochs: torchEpochsOf(flags["torch-epochs"] ?? null),
  };
}

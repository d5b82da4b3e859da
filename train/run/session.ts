import { plural } from "../progress/count.ts";
import { type Patience, waitingForRoom } from "../../data/disk/mod.ts";
import { type Ahead, compileAhead } from "../ahead/ahead.ts";
import type { Work } from "../ahead/kernels.ts";
import { cacheFolder } from "../machine/cache.ts";
import type { Config } from "../config/load.ts";
import { againWords } from "../flags/again.ts";
import type { Flags } from "../flags/flags.ts";
import { Interrupt, Interrupted, inWorker, type SignalSource } from "../terminal/interrupt.ts";
import { tellRenamed } from "../config/legacy_keys.ts";
import { fewImagesWords } from "../results/learning.ts";
import type { Metrics } from "../results/metrics.ts";
import { hearingWork, type Progress } from "../progress/progress.ts";
import { type ProgressOptions, TerminalProgress } from "../terminal/progress.ts";
import { type Summary, summaryJson } from "../results/records.ts";
import { DeviceLostError } from "../../engine/mod.ts";
import type { RunFolder } from "./folder/run_folder.ts";
import type { Pace } from "./saver.ts";
import type { ClassifierSetup, Setup } from "../setup/setup.ts";
import { setUp, type SetupConfig, type SetupOptions } from "../setup/set_up.ts";
import { metricsTable } from "../results/table.ts";
import { digestsOf } from "../team/same.ts";
import type { Processes, Team } from "../team/team.ts";
import { openCommunicator } from "../distributed/open.ts";

/** The surroundings of a command; replaced in tests. */
export interface Surroundings {
  /** Prints a result on stdout. */
  print: (text: string) => void;
  /** Output of the progress display. */
  progress: ProgressOptions;
  /** Where Ctrl-C comes from, given what to tell the user then. */
  signals?: (text: string) => SignalSource;
  /** Folder for what is fetched or trained once. */
  cache: string;
  /** Compiles kernels ahead of a run, on all cores; absent: each is compiled when it first runs. */
  ahead?: (work: Work) => Promise<Ahead>;
  /** Time between two saves on the way; by default that of every run. */
  pace?: Pace;
  /** Wait for room on a full disk; by default that of every command. */
  patience?: Patience;
  /** Joins the processes that were started together with this one. @param library File or address of the MPI library. */
  processes?: (library: string | null) => Promise<Processes>;
  /** The processes that follow this one's orders. */
  team?: Team;
}

/** The process's own stdout, stderr and signals. */
export const terminal: Surroundings = {
  print: console.log,
  progress: {},
  cache: cacheFolder,
  ahead: compileAhead,
  processes: (library) => openCommunicator({ library }),
};

/** The objects that a command on samples has open while it runs. */
export interface Session<C = Config, S extends ClassifierSetup = Setup> extends Disposable {
  config: C;
  folder: RunFolder;
  progress: Progress;
  signal: AbortSignal;
  /** Looks for a signal amid work that never waits. @throws {Interrupted} when the run was asked to stop. */
  check(): void;
  setup: S;
  /** Seconds it took to load everything. */
  load: number;
  /** Seconds it took to train a stage 1 that was missing. */
  stage1: number;
  /** The file of the cache that holds the run's stage 1; null where the run took no stage 1 from the cache. */
  stage1File: string | null;
  /** Seconds since the command began. */
  elapsed(): number;
  /** Prints the results of the command, as its flags ask: the summary as JSON, a table and a last line, or nothing. */
  report(
    summary: Summary,
    rows: readonly { name: string; metrics: Metrics | null }[],
    last: string,
  ): void;
}

/** Opens a session on images. */
export function openSession<C extends SetupConfig>(
  flags: Flags,
  config: C,
  folder: RunFolder,
  surroundings: Surroundings,
  weights: Pick<SetupOptions, "draw" | "reinit" | "which"> = {},
): Promise<Session<C>> {
  return openSessionOn(flags, config, folder, surroundings, async (progress, options) => {
    const { team } = surroundings;
    // The others load their data meanwhile.
    await team?.order({ kind: "open", config: config as unknown as Config });
    const setup = await setUp(config, progress, { ...options, ...weights });
    introduce(setup, config.data.ratio, progress);
    if (!team) return setup;
    progress.line(team.words);
    await team.order({ kind: "check", digests: digestsOf(setup) });
    team.know({ train: setup.train, test: setup.dataset.test, validation: setup.validation });
    return { ...setup, team };
  });
}

/** Opens what a session works with. @throws {Interrupted} when the signal is aborted. */
type SetUp<S> = (
  progress: Progress,
  options: Required<Pick<SetupOptions, "cache" | "check" | "signal" | "jpegLibrary">>,
) => Promise<S>;

/** Opens a session; closing frees the device and removes the folder if nothing was written to the folder. */
export async function openSessionOn<C, S extends ClassifierSetup>(
  flags: Flags,
  config: C,
  folder: RunFolder,
  surroundings: Surroundings,
  setUp: SetUp<S>,
): Promise<Session<C, S>> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  using stack = new DisposableStack();
  stack.use(folder);
  folder.again = againWords(flags);
  const display = stack.use(
    new TerminalProgress({ ...surroundings.progress, ...(flags.quiet && { mode: "quiet" }) }),
  );
  let isTold = false;
  // A run that its inputs fail leaves nothing: it is said to be kept once it works.
  const progress = hearingWork(display, () => {
    if (!folder.goOn) return;
    isTold = true;
    display.line(`The run is kept in ${folder.path}. Should it be cut off, go on by: ${folder.goOn}`);
  });
  stack.defer(() => {
    if (isTold && folder.hasOnlyBegun) {
      display.line(`Nothing is kept in ${folder.path}: there is nothing to go on from`);
    }
  });
  tellRenamed(progress);
  for (const sentence of folder.news) progress.line(sentence);
  const later = folder.goOn ? `. To go on in either case:\n  ${folder.goOn}` : "";
  const told = display.lineOfOthers(`Stopping at the next step; again to stop at once${later}`);
  const interrupt = stack.use(await Interrupt.listen((surroundings.signals ?? inWorker)(told)));
  const { signal } = interrupt;
  stack.use(
    waitingForRoom({ tell: (text) => display.alert(text), signal, patience: surroundings.patience }),
  );
  const check = () => interrupt.check();
  // From here on a signal finds somebody who tells how to go on.
  await folder.begin();
  const options = { cache: surroundings.cache, check, signal, jpegLibrary: flags["jpeg-library"] };
  const setup = stack.use(await setUp(progress, options).catch((error) => keepBegun(error, folder, signal)));
  setup.device.pipelines.beforeMaking = () => {
    // Amid work of several processes the others would wait for this one's part.
    if (!surroundings.team?.isAmid) check();
  };
  const open = stack.move();
  return {
    config,
    folder,
    progress,
    signal,
    check,
    setup,
    load: elapsed(),
    stage1: 0,
    stage1File: null,
    elapsed,
    report(summary, rows, last) {
      if (flags.json) surroundings.print(summaryJson(summary).trimEnd());
      else if (!flags.quiet) surroundings.print(`\n${metricsTable(rows)}\n\n${last}`);
    },
    [Symbol.dispose]: () => open.dispose(),
  };
}

/**
 * Keeps a run that was stopped, or lost its device, before its first step, as the user was told how to go on.
 *
 * @throws {unknown} the error.
 */
export function keepBegun(thrown: unknown, folder: RunFolder, signal: AbortSignal): never {
  const isLost = thrown instanceof DeviceLostError;
  const error = isLost && signal.aborted ? signal.reason : thrown;
  if (folder.goOn && isLost) folder.keep();
  if (!(error instanceof Interrupted) || !folder.goOn) throw error;
  folder.keep();
  throw new Interrupted(error.exitCode, `Stopped before the first step. To go on:\n  ${folder.goOn}`);
}

/** Tells what the data are. @param ratio Imbalance ratio of the cut; 1 without a cut. */
export function introduce(
  { dataset, train, counts }: ClassifierSetup,
  ratio: number,
  progress: Progress,
): void {
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  const cut = ratio === 1
    ? `as it is, imbalance ratio ${(most / least).toFixed(1)}`
    : `with imbalance ratio ${ratio}`;
  progress.line(
    `${dataset.name} ${cut}: ${plural(train.count, "training image")} in ` +
      `${counts.length} classes of ${most} to ${least}, ${plural(dataset.test.count, "test image")}`,
  );
  for (const [kind, images] of [["training", counts], ["test", dataset.test.classCounts()]] as const) {
    const words = fewImagesWords(images, dataset.classNames, kind);
    if (words) progress.line(words);
  }
}

import { join } from "node:path";
import { type Config, loadConfigOf } from "../config/load.ts";
import { type ConfigKind, unreached } from "../config/keys.ts";
import type { Flags } from "../flags/flags.ts";
import { type Keeper, keeping } from "./keep.ts";
import { writeLists } from "./lists.ts";
import { reopen } from "./reopen.ts";
import { runFiles, RunFolder } from "./run_folder.ts";
import type { ClassRow, Summary, TrainSummary } from "../results/records.ts";
import type { Session } from "./session.ts";
import type { Setup } from "../setup/setup.ts";
import type { TrainConfig } from "../config/train.ts";
import { begunWork, isBegun } from "../work/work_file.ts";

/** What every run's work has: its whole epochs, and how long it took. */
interface RunWork {
  epochs: readonly unknown[];
  /** Steps of the epoch under way, where it can stop inside one. */
  step?: number;
  seconds: { total: number };
}

/** A command that trains: what is its own. */
export interface RunKind<C extends Config | TrainConfig, W extends RunWork> {
  config: ConfigKind<C>;
  /** Where the network is from, such as `from FILE`. */
  origin(config: C): string;
  /** Opens what it works with. */
  open(config: C, folder: RunFolder): Promise<Session<C>>;
  /** The work to begin with. */
  newWork(): W;
  /** The work as the bytes of a file. */
  pack(work: W, setup: Setup, config: C): Uint8Array;
  /** The work in such a file. @param path The run folder, for errors. */
  unpack(bytes: Uint8Array, setup: Setup, config: C, path: string): W;
  /** Writes the checkpoint and the table of epochs. */
  saveResult(session: Session<C>, work: W): Promise<void>;
}

/** A run under way. */
export interface Run<C, W> extends Disposable {
  /** When it began. */
  date: Date;
  session: Session<C>;
  work: W;
  /** Seconds that it took so far, in all its sittings. */
  total(): number;
  /** Runs the work itself and keeps it. @param body Gets what it is to call after each whole epoch. */
  keep<T>(body: (onEpoch: () => Promise<void>) => Promise<T>): Promise<T>;
  /** Writes the results of the whole run. */
  finish(results: Results): Promise<void>;
}

/** What a whole run leaves besides its checkpoint and its epochs. */
export interface Results {
  /** All classes. */
  classes: readonly ClassRow[];
  summary: Summary | TrainSummary;
  /** The report, HTML. */
  report: string;
}

/**
 * Begins a run, or goes on with an interrupted one.
 *
 * @throws {Error} when config, folder, data or checkpoint are not what the run takes.
 */
export async function openRun<C extends Config | TrainConfig, W extends RunWork>(
  kind: RunKind<C, W>,
  flags: Flags,
): Promise<Run<C, W>> {
  const date = new Date();
  const { task } = kind.config;
  const resumed = flags.resume === null ? null : reopen(flags.resume, task, flags);
  const kept = await resumed?.readWork();
  const config = await loadConfigOf(kind.config, resumed?.configFile ?? flags.config, flags);
  const folder = resumed ?? RunFolder.open(config.name, flags.out);
  using stack = new DisposableStack();
  stack.use(folder);
  if (!resumed) await folder.begin(config, task, begunWork());
  const session = stack.use(await kind.open(config, folder));
  const { setup, progress } = session;
  const work = kept && !isBegun(kept, folder.path)
    ? kind.unpack(kept, setup, config, folder.path)
    : kind.newWork();
  const before = work.seconds.total;
  const total = () => before + session.elapsed();
  const done = () => work.epochs.length;
  const { network, device } = setup;
  progress.line(
    `${network.name} ${kind.origin(config)}, on ${device.adapter} with the ${device.family} kernels`,
  );
  for (const line of unreached(kind.config, config)) progress.line(line);
  if (done() > 0 || work.step) {
    const part = work.step ? ` and ${work.step} steps` : "";
    progress.line(`Going on after epoch ${done()} of ${config.epochs}${part}`);
  }
  const saveInputs = async () => {
    await folder.writeConfig(config, task);
    await writeLists(folder, setup);
  };
  const saveResult = async () => {
    await saveInputs();
    await kind.saveResult(session, work);
  };
  const keeper: Keeper = {
    async save(goesOn) {
      if (done() === 0 && !goesOn) return;
      work.seconds.total = total();
      if (done() > 0) await saveResult();
      else await saveInputs();
      await (goesOn ? folder.writeWork(kind.pack(work, setup, config)) : folder.removeWork());
    },
    words(goesOn) {
      if (goesOn) {
        return `Stopped after ${done()} of ${config.epochs} epochs; what was worked out is kept. To go on:\n` +
          `  ${folder.goOn}`;
      }
      const file = join(folder.path, runFiles.checkpoint);
      return done() === 0 ? null : `The last good network, after epoch ${done()}, is in ${file}`;
    },
  };
  const open = stack.move();
  return {
    date,
    session,
    work,
    total,
    keep: (body) => keeping(keeper, progress, body),
    async finish({ classes, report, summary }) {
      await saveResult();
      await folder.writeRecalls(classes);
      await folder.writeReport(report);
      // The summary last: where it is, the run is whole.
      await folder.writeSummary(summary);
      await folder.removeWork();
    },
    [Symbol.dispose]: () => open.dispose(),
  };
}

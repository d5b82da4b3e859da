import { plural } from "../progress/count.ts";
import { join } from "node:path";
import { NonFiniteError } from "../../engine/mod.ts";
import { refreshIndex } from "../compare/index_file.ts";
import { loadConfigOf } from "../config/load.ts";
import { type ConfigKind, unreached } from "../config/schema/keys.ts";
import type { TrainingRun } from "../config/schema/parts.ts";
import type { Flags } from "../flags/flags.ts";
import { renderReport } from "../report/run.ts";
import type { Lead } from "../report/lead.ts";
import { evaluationRows } from "../results/evaluation.ts";
import { evidenceOf } from "../results/evidence.ts";
import { costOf, costSentence } from "../results/rule/cost.ts";
import { pointOf, pointSentence, testSlope } from "../results/rule/point.ts";
import { epochsCsv, recallsCsv, summaryJson } from "../results/records.ts";
import { runVerdict } from "../results/run_verdict.ts";
import { verdictRecord } from "../results/verdict_record.ts";
import { summaryOf } from "../results/summary.ts";
import type { ClassifierSetup, Setup, State } from "../setup/setup.ts";
import type { Listeners } from "../trainer/fit.ts";
import type { Outcome } from "../trainer/outcome.ts";
import { networkState, newWork, type Work } from "../saved/work.ts";
import type { Verdict } from "../verdict/findings.ts";
import { moreLabelsRecord } from "../verdict/more_labels.ts";
import { begunWork, isBegun, packWork, unpackWork } from "../saved/work_file.ts";
import { stopIn } from "../terminal/interrupt.ts";
import { type Keeper, keeping } from "./keep.ts";
import { Attempt, reopen, withNewDevice } from "./reopen.ts";
import { runFiles, RunFolder } from "./folder/run_folder.ts";
import type { Session, Surroundings } from "./session.ts";
import { checkAlone, inTeam } from "./team.ts";

/** The making of a model. */
export interface Made {
  /** Whole epochs of training. */
  done: number;
  /** The t of `logits - t log N` to fold into its bias. */
  adjust: number;
}

/** The parts of a training command that differ from other training commands. */
export interface RunKind<C extends TrainingRun, S extends ClassifierSetup = Setup> {
  config: ConfigKind<C>;
  /** Origin of the network in words, such as `from FILE`. */
  origin(config: C): string;
  /** Opens the session that the command works in; its config is the one given, fitted to the images. */
  open(flags: Flags, config: C, folder: RunFolder, surroundings: Surroundings): Promise<Session<C, S>>;
  /** Does the work. */
  work(setup: S, config: C, work: Work, listeners: Listeners): Promise<Outcome>;
  /** Writes files that name the samples, where samples have names. */
  writeInputs(folder: RunFolder, setup: S): Promise<void>;
  /** Files of the run folder that hold the trained model; the results name the first. */
  modelFiles: readonly string[];
  /** Writes these files. @param state Values of the network. */
  writeModel(folder: RunFolder, setup: S, config: C, state: State, made: Made): Promise<void>;
  /** A line on using the model that the verdict recommends, or nothing. @param model Path of the trained model. */
  use(verdict: Verdict, model: string, session: Session<C, S>): Promise<string>;
  /** The sentence of the report that tells the run's work. */
  lead: Lead<C>;
}

/**
 * Runs a training command, or goes on with an interrupted run of the command, and leaves a run folder. Where the device is
 * lost, the run goes on from its last save on a new device, once.
 *
 * @returns 0.
 * @throws {Error} when the run cannot take its flags, config, folder, data or checkpoint.
 * @throws {Interrupted} when the run was stopped; the message says how to go on.
 * @throws {DeviceError} when the device was lost twice; the message says how to go on.
 */
export function runTraining<C extends TrainingRun, S extends ClassifierSetup>(
  kind: RunKind<C, S>,
  flags: Flags,
  surroundings: Surroundings,
): Promise<number> {
  if (!flags.distributed) {
    checkAlone(flags["mpi-library"]);
    return withNewDevice(flags, (flags, attempt) => runOnce(kind, flags, surroundings, attempt));
  }
  const place = { ...surroundings, jpegLibrary: flags["jpeg-library"] };
  return inTeam(() => surroundings.processes!(flags["mpi-library"]), place, (team) => {
    // A device that is lost ends all processes: each has its own.
    return runOnce(kind, flags, { ...surroundings, team }, new Attempt());
  });
}

/** Runs a training command on one device. */
async function runOnce<C extends TrainingRun, S extends ClassifierSetup>(
  kind: RunKind<C, S>,
  flags: Flags,
  surroundings: Surroundings,
  attempt: Attempt,
): Promise<number> {
  const date = new Date();
  const { task } = kind.config;
  using resumed = flags.resume === null ? null : reopen(flags.resume, task, flags);
  const kept = await resumed?.readWork();
  const given = await loadConfigOf(kind.config, resumed?.configFile ?? flags.config, flags);
  using folder = resumed ?? RunFolder.open(given.name, flags.out);
  attempt.take(folder);
  if (!resumed) folder.willBegin(given, task, begunWork());
  using session = await kind.open(flags, given, folder, surroundings);
  const { config, setup, progress, signal } = session;
  const work = kept && !isBegun(kept, folder.path)
    ? unpackWork(kept, setup, config, folder.path, kind.config)
    : newWork();
  const [secondsBefore, done] = [work.seconds.total, () => work.epochs.length];
  work.seconds.stage1 += session.stage1;
  introduce(kind, session, work);

  const model = join(folder.path, kind.modelFiles[0]);
  const saveInputs = async () => {
    await folder.writeConfig(config, task);
    await kind.writeInputs(folder, setup);
  };
  const saveResult = async (adjust = 0) => {
    await saveInputs();
    const state = networkState(setup.stage1, work.state); // after the last step, whole epochs or not
    await kind.writeModel(folder, setup, config, state, { done: done(), adjust });
    await folder.write(runFiles.metrics, epochsCsv(work.epochs));
  };
  const isBare = () =>
    work.views.length + work.testFeatures.length + work.passes.size + work.step === 0 &&
    (work.part?.done ?? 0) === 0 && work.before === null;
  const keeper: Keeper = {
    signal,
    // Before the first epoch there is no network to keep, but features that took their time.
    mayGoOn: (error) => done() === 0 && !isBare() && !(error instanceof NonFiniteError),
    async save(goesOn) {
      if (done() === 0 && !goesOn) return await folder.discard();
      work.seconds.total = secondsBefore + session.elapsed();
      await (done() > 0 ? saveResult() : saveInputs());
      await (goesOn ? folder.writeWork(packWork(work, setup, config)) : folder.removeWork());
    },
    pack() {
      work.seconds.total = secondsBefore + session.elapsed();
      const bytes = packWork(work, setup, config);
      return () => folder.writeWork(bytes);
    },
    words(goesOn) {
      if (goesOn) {
        const after = `${done()} of ${plural(config.epochs, "epoch")}`;
        return `Stopped after ${after}; what was worked out is kept. To go on:\n  ${folder.goOn}`;
      }
      return done() > 0 ? `The last good network, after epoch ${done()}, is in ${model}` : null;
    },
    unsaved: () => folder.unsaved(),
  };
  const { before, after, ensemble, members, rule, chosen, moreLabels, throughput, batchParts } =
    await keeping(
      keeper,
      progress,
      (onTheWay) => kind.work(setup, config, work, { progress, signal, ...onTheWay }),
      surroundings.pace,
    );

  // Stretches that never wait: a signal is looked for before each, and amid those that grow with images and classes.
  const { check } = session;
  const stoppable = async <T>(stretch: () => T | Promise<T>): Promise<T> => {
    try {
      check();
      return await stretch();
    } catch (error) {
      if (!stopIn(error)) throw error;
      return await keeping(keeper, progress, () => Promise.reject(error));
    }
  };
  const verdict = await stoppable(() =>
    runVerdict(setup, { before, after, ensemble, moreLabels }, config, { check })
  );
  const point = await stoppable(() => pointOf(setup, members.after, rule, chosen, check));
  const cost = await stoppable(() => costOf(setup, members.after, rule, check));
  const slope = await stoppable(() => testSlope(setup, members.after, rule, check));
  const { stage1, evaluate, features, train } = work.seconds;
  const summary = summaryOf(setup, config, {
    date: date.toISOString(),
    before: before?.metrics ?? null,
    after: after.metrics,
    ensemble: ensemble?.metrics ?? null,
    throughput,
    batchParts,
    verdict: verdictRecord(verdict),
    point,
    cost,
    moreLabels: moreLabels && moreLabelsRecord(moreLabels),
    seconds: {
      ...{ load: session.load, stage1, evaluate, features, train },
      total: secondsBefore + session.elapsed(),
    },
  });
  const classes = evaluationRows(setup, before, after, ensemble);
  const evidence = await stoppable(() => evidenceOf(setup, members, config.seed, rule, check));
  await stoppable(() => {});
  const { summary: summaryFile, recalls, metrics, config: configFile } = runFiles;
  const report = {
    folder: folder.path,
    date,
    config,
    summary,
    epochs: work.epochs,
    classes,
    verdict,
    slope,
    data: setup.dataset.name,
    files: [...kind.modelFiles, summaryFile, recalls, metrics, configFile],
    evidence,
  };
  const html = await renderReport(report, task, kind.lead(config, report));
  await keeping(keeper, progress, async () => {
    await saveResult(rule.adjust);
    await folder.write(runFiles.recalls, recallsCsv(classes, verdict.models));
    await folder.write(runFiles.report, html);
    // The summary comes last: a folder with a summary holds a whole run.
    await folder.write(runFiles.summary, summaryJson(summary));
  });
  // The run can go on until nothing is left to do.
  await refreshIndex(folder.path, progress);
  await folder.removeWork();
  const rows = [
    { name: "before", metrics: summary.before },
    { name: "after", metrics: summary.after },
    { name: "ensemble", metrics: summary.ensemble },
  ];
  const more = [pointSentence(summary.point), costSentence(summary.cost)];
  const told = `${[...verdict.sentences, ...more].filter((words) => words !== null).join("\n")}\n\n`;
  const use = await kind.use(verdict, model, session);
  session.report(
    summary,
    rows,
    `${told}${use}Model: ${model}\nReport: ${join(folder.path, runFiles.report)}`,
  );
  return 0;
}

/** Prints the network, its origin, the adapter, and the epoch after which a resumed run goes on. */
function introduce<C extends TrainingRun, S extends ClassifierSetup>(
  kind: RunKind<C, S>,
  { config, setup: { network, device }, progress }: Session<C, S>,
  { epochs, step }: Work,
): void {
  progress.line(
    `${network.name} ${kind.origin(config)}, on ${device.adapter} with the ${device.family} kernels`,
  );
  for (const line of unreached(kind.config, config)) progress.line(line);
  if (epochs.length > 0 || step > 0) {
    const part = step > 0 ? ` and ${plural(step, "step")}` : "";
    progress.line(`Going on after epoch ${epochs.length} of ${config.epochs}${part}`);
  }
}

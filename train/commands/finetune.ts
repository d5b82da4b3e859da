import { join } from "node:path";
import { DeviceError } from "../../engine/mod.ts";
import { packCheckpoint } from "../checkpoint.ts";
import { loadConfig } from "../config.ts";
import { evaluationRows } from "../evaluation.ts";
import { finetune, type Outcome } from "../finetune.ts";
import type { Flags } from "../flags.ts";
import { Interrupted } from "../interrupt.ts";
import type { Summary } from "../records.ts";
import { renderReport } from "../report.ts";
import { reopen } from "../reopen.ts";
import { RunFolder } from "../run_folder.ts";
import { openSession, type Session, type Surroundings, terminal } from "../session.ts";
import { summaryOf } from "../summary.ts";
import { newWork, type Work } from "../work.ts";
import { packWork, unpackWork } from "../work_file.ts";

/** Least time between two checkpoints on the way, in milliseconds. */
const SAVE_EVERY_MS = 10_000;

/**
 * `deno task finetune`: evaluates a stage-1 model, re-trains its classifier, evaluates again, and leaves a run folder.
 *
 * @returns The exit code: 0, or that of the signal that stopped it.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const resumed = flags.resume === null ? null : reopen(flags.resume, flags);
  const config = await loadConfig(resumed?.configFile ?? flags.config, flags);
  const folder = resumed ?? RunFolder.open(config.name, flags.out);
  using session = await openSession(flags, config, folder, surroundings);
  const { setup, progress, signal } = session;
  const work = resumed ? unpackWork(await resumed.readWork(), setup, config, folder.path) : newWork();
  const totalBefore = work.seconds.total;
  introduce(session, work);

  let saved = performance.now();
  const onEpoch = async () => {
    if (performance.now() - saved < SAVE_EVERY_MS) return;
    await save(session, work);
    saved = performance.now();
  };
  let outcome: Outcome;
  try {
    outcome = await finetune(setup, config, work, { progress, signal, onEpoch });
  } catch (error) {
    work.seconds.total = totalBefore + session.elapsed();
    await keep(session, work, error).catch((failure: Error) => {
      throw new Error(failure.message, { cause: error });
    });
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  }
  await save(session, work);
  const { evaluate, features, retrain } = work.seconds;
  const total = totalBefore + session.elapsed();
  const summary = summaryOf(setup, config, {
    before: outcome.before.metrics,
    after: outcome.after.metrics,
    ensemble: outcome.ensemble?.metrics ?? null,
    throughput: outcome.throughput,
    seconds: { load: session.load, evaluate, features, retrain, total },
  });
  await leave(session, work, outcome, summary);
  const rows = [
    { name: "before", metrics: summary.before },
    { name: "after", metrics: summary.after },
    { name: "ensemble", metrics: summary.ensemble },
  ];
  session.report(summary, rows, `Report: ${join(folder.path, "report.html")}`);
  return 0;
}

function introduce({ setup, config, progress }: Session, work: Work): void {
  const { dataset, train, counts, network, device } = setup;
  const number = (n: number) => n.toLocaleString("en");
  progress.line(
    `${dataset.name} with imbalance ratio ${config.data.ratio}: ${number(train.count)} training images in ` +
      `${counts.length} classes of ${Math.max(...counts)} to ${Math.min(...counts)}, ` +
      `${number(dataset.test.count)} test images`,
  );
  progress.line(
    `${network.name} from ${config.checkpoint}, on ${device.adapter} with the ${device.family} kernels`,
  );
  if (work.epochs.length > 0) progress.line(`Going on after epoch ${work.epochs.length} of ${config.epochs}`);
}

/** Writes what there is of the result. */
async function save({ folder, setup, config }: Session, work: Work): Promise<void> {
  await folder.writeConfig(config);
  await folder.writeCheckpoint(packCheckpoint(setup, config, work));
  await folder.writeEpochs(work.epochs);
}

/** Keeps the work of a run that ended early, as far as it is worth it, and says how to go on. */
async function keep(session: Session, work: Work, error: unknown): Promise<void> {
  const { folder, setup, config, progress } = session;
  const done = work.epochs.length;
  if (done > 0) await save(session, work);
  if (error instanceof Interrupted || error instanceof DeviceError) {
    await folder.writeConfig(config);
    await folder.writeWork(packWork(work, setup, config));
    progress.line(`Stopped after ${done} of ${config.epochs} epochs; what was worked out is kept. To go on:`);
    progress.line(`  deno task finetune --resume ${folder.path}`);
  } else if (done > 0) {
    progress.line(`The classifier after epoch ${done} is in ${join(folder.path, "checkpoint.safetensors")}`);
  }
}

/** Writes the results of a whole run. */
async function leave(
  { folder, setup, config }: Session,
  { epochs }: Work,
  { before, after, ensemble }: Outcome,
  summary: Summary,
): Promise<void> {
  const classes = evaluationRows(setup, before, after, ensemble);
  await folder.writeRecalls(classes);
  await folder.writeReport(
    await renderReport({ folder: folder.path, date: new Date(), config, summary, epochs, classes }),
  );
  // The summary last: where it is, the run is whole.
  await folder.writeSummary(summary);
  await folder.removeWork();
}

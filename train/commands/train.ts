import { join } from "node:path";
import { DeviceError } from "../../engine/mod.ts";
import { packState } from "../checkpoint.ts";
import { loadConfigOf } from "../config.ts";
import { evaluationRows } from "../evaluation.ts";
import type { Flags } from "../flags.ts";
import { drawState } from "../init.ts";
import { Interrupted } from "../interrupt.ts";
import { reopen } from "../reopen.ts";
import { RunFolder } from "../run_folder.ts";
import { openSession, type Session, type Surroundings, terminal } from "../session.ts";
import { summaryOf } from "../summary.ts";
import { train, type TrainOutcome } from "../train.ts";
import { networkState } from "../train_epoch.ts";
import { type TrainConfig, trainingConfig } from "../train_schema.ts";
import { newTrainWork, packTrainWork, type TrainWork, unpackTrainWork } from "../train_work.ts";

/** Least time between two checkpoints on the way, in milliseconds. */
const SAVE_EVERY_MS = 10_000;

/**
 * `deno task train`: trains a network from scratch or from a checkpoint, evaluates it, and leaves a run folder.
 *
 * @returns The exit code: 0, or that of the signal that stopped it.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const resumed = flags.resume === null ? null : reopen(flags.resume, flags);
  const config = await loadConfigOf(trainingConfig, resumed?.configFile ?? flags.config, flags);
  const folder = resumed ?? RunFolder.open(config.name, flags.out);
  using session = await openSession(
    flags,
    config,
    folder,
    surroundings,
    (network) => drawState(network, config.seed),
  );
  const { setup, progress, signal } = session;
  const work = resumed
    ? unpackTrainWork(await resumed.readWork(), setup, config, folder.path)
    : newTrainWork();
  const totalBefore = work.seconds.total;
  introduce(session, work);

  let saved = performance.now();
  const onEpoch = async () => {
    if (performance.now() - saved < SAVE_EVERY_MS) return;
    work.seconds.total = totalBefore + session.elapsed();
    await save(session, work);
    await folder.writeWork(packTrainWork(work, setup, config));
    saved = performance.now();
  };
  let outcome: TrainOutcome;
  try {
    outcome = await train(setup, config, work, { progress, signal, onEpoch });
  } catch (error) {
    work.seconds.total = totalBefore + session.elapsed();
    await keep(session, work, error).catch((failure: Error) => {
      throw new Error(failure.message, { cause: error });
    });
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  }
  const { evaluate, train: training } = work.seconds;
  const total = totalBefore + session.elapsed();
  const summary = summaryOf(setup, config, {
    before: outcome.before?.metrics ?? null,
    after: outcome.after.metrics,
    throughput: outcome.throughput,
    seconds: { load: session.load, evaluate, train: training, total },
  });
  await save(session, work);
  await folder.writeRecalls(rowsOf(session, outcome));
  // The summary last: where it is, the run is whole.
  await folder.writeSummary(summary);
  await folder.removeWork();
  const rows = [{ name: "before", metrics: summary.before }, { name: "after", metrics: summary.after }];
  session.report(summary, rows, `Checkpoint: ${join(folder.path, "checkpoint.safetensors")}`);
  return 0;
}

function introduce({ setup, config, progress }: Session<TrainConfig>, work: TrainWork): void {
  const { dataset, train, counts, network, device } = setup;
  const number = (n: number) => n.toLocaleString("en");
  progress.line(
    `${dataset.name} with imbalance ratio ${config.data.ratio}: ${number(train.count)} training images in ` +
      `${counts.length} classes of ${Math.max(...counts)} to ${Math.min(...counts)}, ` +
      `${number(dataset.test.count)} test images`,
  );
  const from = config.checkpoint === null ? `drawn from seed ${config.seed}` : `from ${config.checkpoint}`;
  progress.line(`${network.name} ${from}, on ${device.adapter} with the ${device.family} kernels`);
  const done = work.epochs.length;
  if (done > 0 || work.step > 0) {
    const part = work.step > 0 ? ` and ${work.step} steps` : "";
    progress.line(`Going on after epoch ${done} of ${config.epochs}${part}`);
  }
}

/** Writes what there is of the result: the network after the last step, whole epochs or not. */
async function save({ folder, setup, config }: Session<TrainConfig>, work: TrainWork): Promise<void> {
  await folder.writeConfig(config, "train");
  const epochs = `${work.epochs.length} of ${config.epochs}`;
  const metadata = { loss: config.loss.name, epochs, seed: String(config.seed) };
  await folder.writeCheckpoint(packState(networkState(setup.stage1, work.state), setup, metadata));
  await folder.writeTrainEpochs(work.epochs);
}

/** Keeps the work of a run that ended early, as far as it is worth it, and says how to go on. */
async function keep(session: Session<TrainConfig>, work: TrainWork, error: unknown): Promise<void> {
  const { folder, setup, config, progress } = session;
  const done = work.epochs.length;
  if (done > 0) await save(session, work);
  if (error instanceof Interrupted || error instanceof DeviceError) {
    await folder.writeConfig(config, "train");
    await folder.writeWork(packTrainWork(work, setup, config));
    progress.line(`Stopped after ${done} of ${config.epochs} epochs; what was worked out is kept. To go on:`);
    progress.line(`  deno task train --resume ${folder.path}`);
  } else if (done > 0) {
    // Going on from here would break at the same step.
    await folder.removeWork();
    progress.line(
      `The last good network, after epoch ${done}, is in ${join(folder.path, "checkpoint.safetensors")}`,
    );
  }
}

/** The rows of `recalls.csv`. */
function rowsOf({ setup }: Session<TrainConfig>, { before, after }: TrainOutcome) {
  return evaluationRows(setup, after, null, null).map((row) => ({
    ...row,
    before: before && 100 * before.recalls[row.class],
    after: row.before,
  }));
}

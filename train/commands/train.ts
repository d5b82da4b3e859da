import { join } from "node:path";
import { packState } from "../checkpoint.ts";
import type { Flags } from "../flags.ts";
import { evaluationRows } from "../evaluation.ts";
import { drawState } from "../init.ts";
import { renderTrainReport } from "../report_train.ts";
import { openRun } from "../run.ts";
import { runFiles } from "../run_folder.ts";
import { openSession, type Surroundings, terminal } from "../session.ts";
import type { SetupOptions } from "../setup.ts";
import { summaryOf } from "../summary.ts";
import { train } from "../train.ts";
import { networkState } from "../train_epoch.ts";
import { type TrainConfig, trainingConfig } from "../train_schema.ts";
import { newTrainWork, packTrainWork, type TrainWork, unpackTrainWork } from "../train_work.ts";

/**
 * `deno task train`: trains a network from scratch or from a checkpoint, evaluates it, and leaves a run folder.
 *
 * @returns 0.
 * @throws {Interrupted} when it was stopped; the message says how to go on.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  using run = await openRun<TrainConfig, TrainWork>({
    task: "train",
    config: trainingConfig,
    origin: ({ checkpoint, seed }) => checkpoint === null ? `drawn from seed ${seed}` : `from ${checkpoint}`,
    open: (config, folder) => openSession(flags, config, folder, surroundings, drawOf(config)),
    newWork: newTrainWork,
    pack: packTrainWork,
    unpack: unpackTrainWork,
    // The network after the last step, whole epochs or not.
    async saveResult({ folder, setup, config }, work) {
      const epochs = `${work.epochs.length} of ${config.epochs}`;
      const metadata = { loss: config.loss.name, epochs, seed: String(config.seed) };
      await folder.writeCheckpoint(packState(networkState(setup.stage1, work.state), setup, metadata));
      await folder.writeTrainEpochs(work.epochs);
    },
  }, flags);
  const { session, work } = run;
  const { setup, config, folder, progress, signal } = session;
  const { before, after, throughput } = await run.keep((onEpoch) =>
    train(setup, config, work, { progress, signal, onEpoch })
  );
  const { evaluate, train: training } = work.seconds;
  const summary = summaryOf(setup, config, {
    before: before?.metrics ?? null,
    after: after.metrics,
    throughput,
    seconds: { load: session.load, evaluate, train: training, total: run.total() },
  });
  const classes = evaluationRows(setup, before, after, null);
  const report = await renderTrainReport({
    folder: folder.path,
    date: run.date,
    config,
    summary,
    epochs: work.epochs,
    classes,
  });
  await run.finish({ classes, summary, report });
  const rows = [{ name: "before", metrics: summary.before }, { name: "after", metrics: summary.after }];
  session.report(summary, rows, `Report: ${join(folder.path, runFiles.report)}`);
  return 0;
}

/** Draws the weights to begin with, where that makes sense: nothing is left frozen, or kept of a classifier. */
function drawOf({ train, classifier, seed }: TrainConfig): SetupOptions["draw"] {
  return train === "all" && classifier === "warm" ? (network) => drawState(network, seed) : undefined;
}

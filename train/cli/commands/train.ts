import { join } from "node:path";
import { packState, trainingFacts } from "../../run/checkpoint.ts";
import type { Flags } from "../../flags/flags.ts";
import { evaluationRows } from "../../results/evaluation.ts";
import { renderTrainReport } from "../../report/train.ts";
import { openRun } from "../../run/run.ts";
import { runFiles } from "../../run/run_folder.ts";
import { openSession, type Surroundings, terminal } from "../../run/session.ts";
import { anewOf, drawOf } from "../../setup/start.ts";
import { summaryOf } from "../../results/summary.ts";
import { train } from "../../network/train.ts";
import { networkState } from "../../network/train_epoch.ts";
import { type TrainConfig, trainingConfig } from "../../config/train.ts";
import { newTrainWork, packTrainWork, type TrainWork, unpackTrainWork } from "../../network/train_work.ts";

/**
 * `deno task train`: trains a network from scratch or from a checkpoint, evaluates it, and leaves a run folder.
 *
 * @returns 0.
 * @throws {Interrupted} when it was stopped; the message says how to go on.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  using run = await openRun<TrainConfig, TrainWork>({
    config: trainingConfig,
    origin: ({ checkpoint, pretrained, seed }) => {
      const weights = checkpoint ?? (pretrained && `pretrained ${pretrained}`);
      return weights ? `from ${weights}` : `drawn from seed ${seed}`;
    },
    open: (config, folder) =>
      openSession(flags, config, folder, surroundings, { draw: drawOf(config), anew: anewOf(config) }),
    newWork: newTrainWork,
    pack: packTrainWork,
    unpack: unpackTrainWork,
    // The network after the last step, whole epochs or not.
    async saveResult({ folder, setup, config }, work) {
      const state = networkState(setup.stage1, work.state);
      await folder.writeCheckpoint(packState(state, setup, trainingFacts(config, work.epochs.length)));
      await folder.writeTrainEpochs(work.epochs);
    },
  }, flags);
  const { session, work } = run;
  const { setup, config, folder, progress, signal } = session;
  const { before, after, throughput, batchParts } = await run.keep((onEpoch) =>
    train(setup, config, work, { progress, signal, onEpoch })
  );
  const { evaluate, train: training } = work.seconds;
  const summary = summaryOf(setup, config, {
    before: before?.metrics ?? null,
    after: after.metrics,
    throughput,
    batchParts,
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

import { basename, extname, join } from "node:path";
import { packCheckpoint } from "../../run/checkpoint.ts";
import type { Config } from "../../config/load.ts";
import { finetuneConfig } from "../../config/finetune.ts";
import { evaluationRows } from "../../results/evaluation.ts";
import { finetune } from "../../finetune/finetune.ts";
import type { Flags } from "../../flags/flags.ts";
import { renderReport } from "../../report/finetune.ts";
import { openRun } from "../../run/run.ts";
import { runFiles } from "../../run/run_folder.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import { openStage1Session } from "../../run/stage1.ts";
import { anewOf } from "../../setup/start.ts";
import { summaryOf } from "../../results/summary.ts";
import { newWork, type Work } from "../../finetune/work.ts";
import { packWork, unpackWork } from "../../finetune/work_file.ts";

/**
 * `deno task finetune`: evaluates a stage-1 model, re-trains its classifier, evaluates again, and leaves a run folder.
 *
 * @returns 0.
 * @throws {Interrupted} when it was stopped; the message says how to go on.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  using run = await openRun<Config, Work>({
    config: finetuneConfig,
    origin: ({ checkpoint, pretrained, stage1 }) => {
      const weights = checkpoint ?? (pretrained && `pretrained ${pretrained}`);
      return `from ${weights ?? `stage 1 by ${basename(stage1!, extname(stage1!))}`}`;
    },
    open: (config, folder) => {
      const anew = anewOf({ ...config, train: "classifier" });
      return openStage1Session(flags, config, folder, surroundings, { train: true, anew });
    },
    newWork,
    pack: packWork,
    unpack: unpackWork,
    async saveResult({ folder, setup, config }, work) {
      await folder.writeCheckpoint(packCheckpoint(setup, config, work));
      await folder.writeEpochs(work.epochs);
    },
  }, flags);
  const { session, work } = run;
  const { setup, config, folder, progress, signal } = session;
  work.seconds.stage1 += session.stage1;
  const { before, after, ensemble, throughput } = await run.keep((onEpoch) =>
    finetune(setup, config, work, { progress, signal, onEpoch })
  );
  const { stage1, evaluate, features, retrain } = work.seconds;
  const summary = summaryOf(setup, config, {
    before: before?.metrics ?? null,
    after: after.metrics,
    ensemble: ensemble?.metrics ?? null,
    throughput,
    seconds: { load: session.load, stage1, evaluate, features, retrain, total: run.total() },
  });
  const classes = evaluationRows(setup, before, after, ensemble);
  const report = await renderReport({
    folder: folder.path,
    date: run.date,
    config,
    summary,
    epochs: work.epochs,
    classes,
  });
  await run.finish({ classes, summary, report });
  const rows = [
    { name: "before", metrics: summary.before },
    { name: "after", metrics: summary.after },
    { name: "ensemble", metrics: summary.ensemble },
  ];
  session.report(summary, rows, `Report: ${join(folder.path, runFiles.report)}`);
  return 0;
}

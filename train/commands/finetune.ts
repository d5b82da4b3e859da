import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { packCheckpoint } from "../checkpoint.ts";
import { type Config, loadConfig } from "../config.ts";
import { evaluationRows } from "../evaluation.ts";
import { finetune, newWork, type Outcome, type Work } from "../finetune.ts";
import type { Flags } from "../flags.ts";
import { Interrupt, Interrupted } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import type { Summary } from "../records.ts";
import { renderReport } from "../report.ts";
import { RunFolder } from "../run_folder.ts";
import { type Setup, setUp } from "../setup.ts";
import { summaryOf } from "../summary.ts";
import { metricsTable } from "../table.ts";
import { packWork, unpackWork } from "../work_file.ts";

/** Least time between two checkpoints on the way, in milliseconds. */
const SAVE_EVERY_MS = 10_000;

/**
 * `deno task finetune`: evaluates a stage-1 model, re-trains its classifier, evaluates again, and leaves a run folder.
 *
 * @returns The exit code: 0, or that of the signal that stopped it.
 */
export async function run(flags: Flags): Promise<number> {
  const started = performance.now();
  const resumed = flags.resume === null ? null : RunFolder.reopen(flags.resume);
  const config = await loadConfig(resumed?.configFile ?? flags.config, flags);
  using folder = resumed ?? RunFolder.open(config.name, flags.out);
  using progress = new Progress(flags.quiet ? { mode: "quiet" } : {});
  using interrupt = new Interrupt(() => progress.line("Stopping at the next step; again to stop at once"));
  using setup = await setUp(config, progress, cacheFolder);
  const load = (performance.now() - started) / 1000;
  await folder.writeConfig(config);
  progress.line(introduction(setup, config));

  const work = resumed ? unpackWork(await resumed.readWork()) : newWork();
  let saved = performance.now();
  const save = async () => {
    if (!work.classifier) return;
    await folder.writeCheckpoint(await packCheckpoint(setup, work.classifier, config, work.epochs.length));
    await folder.writeEpochs(work.epochs);
    saved = performance.now();
  };
  let outcome: Outcome;
  try {
    outcome = await finetune(setup, config, work, progress, interrupt.signal, async () => {
      if (performance.now() - saved > SAVE_EVERY_MS) await save();
    });
  } catch (error) {
    await save();
    if (!(error instanceof Interrupted)) throw error;
    await folder.writeWork(packWork(work));
    progress.line(
      `Stopped after ${work.epochs.length} of ${config.epochs} epochs; nothing is lost. To go on:`,
    );
    progress.line(`  deno task finetune --resume ${folder.path}`);
    return error.exitCode;
  }
  await save();
  const seconds = { load, ...outcome.seconds, total: (performance.now() - started) / 1000 };
  const summary = summaryOf(setup, config, {
    before: outcome.before.metrics,
    after: outcome.after.metrics,
    ensemble: outcome.ensemble?.metrics ?? null,
    throughput: outcome.throughput,
    seconds,
  });
  await leave(folder, setup, config, work, outcome, summary);
  if (flags.json) console.log(JSON.stringify(summary));
  else if (!flags.quiet) console.log(conclusion(summary, folder));
  return 0;
}

function introduction(
  { dataset, train, counts, network, device }: Setup,
  { data, checkpoint }: Config,
): string {
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  return [
    `${dataset.name} with imbalance ratio ${data.ratio}: ${
      train.count.toLocaleString("en")
    } training images in ` +
    `${counts.length} classes of ${most} to ${least}, ${dataset.test.count.toLocaleString("en")} test images`,
    `${network.name} from ${checkpoint}, on ${device.adapter} with the ${device.family} kernels`,
  ].join("\n");
}

async function leave(
  folder: RunFolder,
  setup: Setup,
  config: Config,
  { epochs }: Work,
  outcome: Outcome,
  summary: Summary,
): Promise<void> {
  const classes = evaluationRows(setup, outcome.before, outcome.after, outcome.ensemble);
  await folder.writeRecalls(classes);
  await folder.writeReport(
    await renderReport({ folder: folder.path, date: new Date(), config, summary, epochs, classes }),
  );
  // The summary last: where it is, the run is whole.
  await folder.writeSummary(summary);
  await folder.removeWork();
}

function conclusion({ before, after, ensemble }: Summary, folder: RunFolder): string {
  const table = metricsTable([
    { name: "before", metrics: before },
    { name: "after", metrics: after },
    { name: "ensemble", metrics: ensemble },
  ]);
  return `\n${table}\n\nReport: ${join(folder.path, "report.html")}`;
}

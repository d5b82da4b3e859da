import { join } from "node:path";
import { readSecond } from "../../setup/class_fit.ts";
import { refreshIndex } from "../../compare/index_file.ts";
import { loadConfig } from "../../config/load.ts";
import { finetunePieces } from "../../finetune/pieces.ts";
import type { Flags } from "../../flags/flags.ts";
import { recallsCsv, summaryJson, type Throughput } from "../../results/records.ts";
import { unplanned } from "../../progress/progress.ts";
import { comparePair } from "../../reproduce/figures.ts";
import type { Figures, Pair } from "../../reproduce/figures_page.ts";
import { modelsOf } from "../../reproduce/models.ts";
import { runFiles, RunFolder } from "../../run/folder/run_folder.ts";
import { openSession, type Surroundings, terminal } from "../../run/session.ts";
import { metricsTable } from "../../results/table.ts";
import { versions } from "../../machine/versions.ts";
import { newWork } from "../../saved/work.ts";
import { paperConfigFile } from "./reproduce_table1.ts";

/**
 * `deno task reproduce figures`: re-trains the classifier of each given model and draws the recall of every class
 * before and after, as files and on one page.
 *
 * @returns 0.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const date = new Date();
  const models = modelsOf(flags.checkpoints);
  const config = await loadConfig(flags.config ?? paperConfigFile, { ...flags, checkpoint: models[0].file });
  const folder = RunFolder.open("figures", flags.out).wholeOnly();
  using session = await openSession(flags, config, folder, surroundings);
  const { setup, progress, signal } = session;
  // ECharts takes half a second to load.
  const { figureFile, figuresPage } = await import("../../reproduce/figures_page.ts");
  // All checkpoints are read before the first is trained: a checkpoint that does not fit is an error at once.
  const states = [setup.stage1];
  for (const { file } of models.slice(1)) states.push(await readSecond(file, setup, progress));

  progress.plan(models.flatMap(() => finetunePieces(setup, config, newWork())));
  const listeners = { progress: unplanned(progress), signal };
  const pairs: Pair[] = [];
  let throughput: Throughput = { forwardImagesPerSecond: 0, dataWaitShare: 0 };
  for (const [i, { name }] of models.entries()) {
    progress.line(`${name} (${i + 1} of ${models.length})`);
    const found = await comparePair(setup, config, { name, state: states[i] }, listeners);
    throughput = found.throughput;
    pairs.push(found.pair);
    await folder.write(`${name}.svg`, figureFile(found.pair, config));
    await folder.write(`${name}.csv`, recallsCsv(found.pair.classes));
  }
  const { device, train, dataset } = setup;
  const figures: Figures = {
    models: pairs,
    throughput,
    adapter: device.adapter,
    family: device.family,
    seed: config.seed,
    versions: versions(),
    images: { train: train.count, test: dataset.test.count },
  };
  const given = models.map(({ name, file }) => `--checkpoint ${name}=${file}`).join(" ");
  await folder.writeConfig(config, `reproduce figures ${given}`);
  await folder.write(runFiles.figuresPage, figuresPage(figures, config, date));
  const summary = { ...figures, models: pairs.map(({ name, before, after }) => ({ name, before, after })) };
  await folder.write(runFiles.summary, summaryJson(summary));
  await refreshIndex(folder.path, progress);
  const rows = pairs.flatMap(({ name, before, after }) => [
    { name: `${name} before`, metrics: before },
    { name: `${name} after`, metrics: after },
  ]);
  if (flags.json) surroundings.print(summaryJson(summary).trimEnd());
  else if (!flags.quiet) {
    surroundings.print(`\n${metricsTable(rows)}\n\nPage: ${join(folder.path, runFiles.figuresPage)}`);
  }
  return 0;
}

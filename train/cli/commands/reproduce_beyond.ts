import { join } from "node:path";
import { loadState } from "../../../engine/mod.ts";
import { readSecond } from "../../setup/class_fit.ts";
import { refreshIndex } from "../../compare/index_file.ts";
import { configToYaml, loadConfig } from "../../config/load.ts";
import { finetune } from "../../finetune/finetune.ts";
import { finetunePieces } from "../../finetune/pieces.ts";
import type { Flags } from "../../flags/flags.ts";
import { unplanned } from "../../progress/progress.ts";
import {
  type BeyondRow,
  beyondRows,
  type ChoiceRow,
  choiceRows,
  type Logits,
} from "../../reproduce/beyond.ts";
import { beyondDocument, type BeyondSummary } from "../../reproduce/beyond_document.ts";
import { asHtml, asMarkdown } from "../../reproduce/document.ts";
import { modelsOf } from "../../reproduce/models.ts";
import { summaryJson, type Throughput } from "../../results/records.ts";
import { alignedTable } from "../../results/table.ts";
import { runFiles, RunFolder } from "../../run/folder/run_folder.ts";
import { openSession, type Surroundings, terminal } from "../../run/session.ts";
import { versions } from "../../machine/versions.ts";
import { newWork } from "../../saved/work.ts";
import { paperConfigFile } from "./reproduce_table1.ts";

/**
 * `deno task reproduce beyond`: re-trains the classifier of each given model over several seeds, and writes one page of
 * what the operating point, a second look and several models bring beside the paper's recipe.
 *
 * @returns 0.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const date = new Date();
  const models = modelsOf(flags.checkpoints);
  const given = await loadConfig(flags.config ?? paperConfigFile, { ...flags, checkpoint: models[0].file });
  const config = { ...given, tta: "flip" as const, ensemble: null };
  const seeds = Array.from({ length: flags.seeds ?? 3 }, (_, i) => config.seed + i);
  const folder = RunFolder.open("beyond", flags.out).wholeOnly();
  using session = await openSession(flags, config, folder, surroundings);
  const { setup, progress, signal, check } = session;
  const states = [setup.stage1];
  for (const { file } of models.slice(1)) states.push(await readSecond(file, setup, progress));

  progress.plan(models.flatMap(() =>
    seeds.flatMap((_, i) => {
      const pieces = finetunePieces(setup, config, newWork());
      return i === 0 ? pieces : pieces.slice(2); // the test images are looked at once for all seeds
    })
  ));
  const listeners = { progress: unplanned(progress), signal, onEpoch: () => {} };
  let throughput: Throughput = { forwardImagesPerSecond: 0, dataWaitShare: 0 };
  const logits = new Map<string, Logits>();
  for (const [i, { name }] of models.entries()) {
    loadState([...setup.backbone, setup.statistics], states[i]);
    const of = { ...setup, stage1: states[i] };
    let before: Logits["before"] = [];
    const after: Logits["after"][number][] = [];
    let { testFeatures } = newWork();
    for (const seed of seeds) {
      progress.line(`${name} (${i + 1} of ${models.length}), seed ${seed}`);
      const work = { ...newWork(), testFeatures };
      const found = await finetune(of, { ...config, seed }, work, listeners);
      ({ testFeatures } = work);
      ({ throughput } = found);
      before = found.members.before!;
      after.push(found.members.after);
    }
    logits.set(name, { before, after });
  }

  const { device, train, dataset, network: { classes }, counts } = setup;
  const test = { labels: Uint32Array.from(dataset.test.labels), classes, counts, check };
  const rows: BeyondRow[] = beyondRows(logits, test);
  const choices: ChoiceRow[] = [...logits].flatMap(([name, { before, after }]) => [
    ...choiceRows(`${name} as it came`, before.slice(0, 1), test),
    ...choiceRows(`${name} GML`, after[0].slice(0, 1), test),
  ]);
  const summary: BeyondSummary = {
    models: [...logits.keys()],
    ...{ seeds, rows, choices, throughput },
    adapter: device.adapter,
    family: device.family,
    versions: versions(),
    images: { train: train.count, test: dataset.test.count },
  };
  const document = beyondDocument(summary, config, date);
  const words = models.map(({ name, file }) => `--checkpoint ${name}=${file}`).join(" ");
  await folder.writeConfig(config, `reproduce beyond ${words} --seeds ${seeds.length}`);
  await folder.write(runFiles.beyondText, asMarkdown(document));
  await folder.write(runFiles.beyondPage, asHtml(document, configToYaml(config)));
  await folder.write(runFiles.summary, summaryJson(summary));
  await refreshIndex(folder.path, progress);
  if (flags.json) surroundings.print(summaryJson(summary).trimEnd());
  else if (!flags.quiet) {
    const tables = document.sections.map(({ head, lines }) =>
      alignedTable([[...head], ...lines.map(({ cells }) => [...cells])])
    );
    surroundings.print(`\n${tables.join("\n\n")}\n\nPage: ${join(folder.path, runFiles.beyondPage)}`);
  }
  return 0;
}

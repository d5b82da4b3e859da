import { join } from "node:path";
import { prepareFile, writeWhole } from "../../../data/disk/mod.ts";
import { refreshIndex } from "../../compare/index_file.ts";
import { type Config, loadConfig, type Written } from "../../config/load.ts";
import { testScores } from "../../features/scores.ts";
import { UsageError } from "../../flags/errors.ts";
import type { Flags } from "../../flags/flags.ts";
import { shellWord } from "../../flags/shell_word.ts";
import { readMetadata } from "../../model/header.ts";
import { evaluationKeys } from "../../model/recipe.ts";
import type { Progress } from "../../progress/progress.ts";
import { tellChance } from "../../results/chance.ts";
import { dataWords, networkTitle } from "../../report/facts.ts";
import { originWords } from "../../report/lead.ts";
import { renderReport } from "../../report/run.ts";
import { evaluateScores, evaluationRows } from "../../results/evaluation.ts";
import { evidenceOf } from "../../results/evidence.ts";
import { pointOf, testSlope } from "../../results/point.ts";
import { decide, pairOf, type Rule } from "../../decision/decide.ts";
import { runVerdict } from "../../results/run_verdict.ts";
import { verdictRecord } from "../../results/verdict_record.ts";
import { summaryOf } from "../../results/summary.ts";
import { writeLists } from "../../run/lists.ts";
import { runFiles, RunFolder } from "../../run/run_folder.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import { openStage1Session } from "../../run/stage1.ts";
import { readSecond } from "../../setup/class_fit.ts";
import type { Setup, State } from "../../setup/setup.ts";

/**
 * `deno task evaluate`: the metrics of a checkpoint on the test set, and of its ensemble with a second checkpoint, with a
 * report.
 *
 * @returns 0.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const date = new Date();
  const config = await loadConfig(flags.config ?? await ownConfig(flags), flags);
  using _predictions = flags.predictions === null ? null : prepareFile(flags.predictions);
  const folder = RunFolder.open(`evaluate-${config.name}`, flags.out);
  using session = await openStage1Session(flags, config, folder, surroundings, { train: false });
  const { setup, progress, elapsed, load } = session;
  const second = flags.ensemble === null ? null : await secondBy(flags.ensemble, config, setup, progress);

  const { scores: [logits, others], throughput } = await testScores(setup, config, [
    ["evaluate", setup.stage1],
    ...second ? [["evaluate the second", second] as const] : [],
  ], session);
  const model = evaluateScores(logits, setup);
  tellChance(model, setup, progress);
  const temperatures = config.ensemble ?? { temperatureNew: 1, temperatureOld: 1 };
  const { classes } = setup.network;
  const ensemble = others
    ? evaluateScores(decide(pairOf(logits, others, temperatures), classes).scores, setup)
    : null;
  const verdict = runVerdict(setup, { before: null, after: model, ensemble: null }, config);
  const rule: Rule = { adjust: 0, counts: setup.counts, costs: null };
  const summary = summaryOf(setup, config, {
    date: date.toISOString(),
    before: model.metrics,
    after: null,
    ensemble: ensemble?.metrics ?? null,
    throughput,
    batchParts: null,
    verdict: verdict && verdictRecord(verdict),
    point: pointOf(setup, [{ logits }], rule, null),
    seconds: { load, stage1: 0, evaluate: elapsed() - load, features: 0, train: 0, total: elapsed() },
  });
  await folder.writeConfig(config, "evaluate");
  await writeLists(folder, setup);
  await folder.writeRecalls(
    evaluationRows(setup, model, null, ensemble),
    verdict && { before: verdict.models.after },
  );
  if (flags.predictions !== null) {
    await writeWhole(flags.predictions, [...(ensemble ?? model).predictions].join("\n") + "\n");
  }
  const classRows = evaluationRows(setup, null, model, ensemble);
  const { summary: summaryFile, recalls, config: configFile } = runFiles;
  const html = await renderReport(
    {
      folder: folder.path,
      date,
      config,
      summary: { ...summary, before: null, after: model.metrics },
      verdict,
      slope: testSlope(setup, [{ logits }], rule),
      epochs: [],
      classes: classRows,
      data: setup.dataset.name,
      files: [summaryFile, recalls, configFile],
      evidence: await evidenceOf(setup, { before: null, after: [{ logits }] }, config.seed),
    },
    flags.ensemble === null ? "evaluate" : `evaluate --ensemble ${shellWord(flags.ensemble)}`,
    `A ${networkTitle(config)}${originWords(config)} was measured as it came, on ` +
      dataWords(config.data, summary.images, classRows),
    "model",
  );
  await folder.writeReport(html);
  await folder.writeSummary(summary);
  await refreshIndex(folder.path, progress);
  const rows = [{ name: "model", metrics: summary.before }, { name: "ensemble", metrics: summary.ensemble }];
  const told = verdict ? `${verdict.sentences[0]}\n\n` : "";
  session.report(summary, rows, `${told}Report: ${join(folder.path, runFiles.report)}`);
  return 0;
}

/** The config that the checkpoint was trained by, as far as evaluating goes by it; null where it tells none. */
async function ownConfig({ checkpoint }: Flags): Promise<Written | null> {
  const tree = checkpoint === null ? null : evaluationKeys(await readMetadata(checkpoint));
  return tree && { source: checkpoint!, tree };
}

/** The second model: of the file, or without one that in the first model's file. */
function secondBy(file: string, { checkpoint }: Config, setup: Setup, progress: Progress): Promise<State> {
  if (file !== "") return readSecond(file, setup, progress);
  if (checkpoint !== null) return readSecond(checkpoint, setup, progress, "second");
  throw new UsageError(
    "Cannot take the ensemble: it takes a checkpoint with two models, none is given: give it with --checkpoint FILE",
  );
}

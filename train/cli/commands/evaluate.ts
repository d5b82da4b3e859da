import { join } from "node:path";
import { prepareFile, writeWhole } from "../../../data/disk/mod.ts";
import { refreshIndex } from "../../compare/index_file.ts";
import { type Config, loadConfig } from "../../config/load.ts";
import { UsageError } from "../../flags/errors.ts";
import type { Flags } from "../../flags/flags.ts";
import { shellWord } from "../../flags/shell_word.ts";
import { keptModel } from "../../model/facts.ts";
import { readMetadata } from "../../model/header.ts";
import { tellChance } from "../../results/chance.ts";
import { dataWords, networkTitle } from "../../report/facts.ts";
import { originWords } from "../../report/lead.ts";
import { renderReport } from "../../report/run.ts";
import { evaluateRule, evaluationRows } from "../../results/evaluation.ts";
import { evidenceOf } from "../../results/evidence.ts";
import { type Member, pairOf } from "../../decision/decide.ts";
import { costOf, costSentence } from "../../results/rule/cost.ts";
import { pointOf, pointSentence, testSlope } from "../../results/rule/point.ts";
import { recallsCsv, summaryJson } from "../../results/records.ts";
import { runVerdict } from "../../results/run_verdict.ts";
import { verdictRecord } from "../../results/verdict_record.ts";
import { summaryOf } from "../../results/summary.ts";
import { writeLists } from "../../run/folder/lists.ts";
import { runFiles, RunFolder } from "../../run/folder/run_folder.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import { choosingSet, Measured } from "../../run/measured.ts";
import { checkRule, runRule } from "../../predict/rule.ts";
import { openStage1Session } from "../../run/stage1.ts";
import { readSecond } from "../../setup/class_fit.ts";
import type { ModelName } from "../../verdict/judge.ts";
import { ownConfig, withModels, withTrainedCounts } from "./own_config.ts";

/**
 * `deno task evaluate`: the metrics of a checkpoint's model on the test set, and of its ensemble with a second one, with a
 * report. Where a checkpoint holds two models, the flags say which to take, or the checkpoint does.
 *
 * @returns 0.
 */
export async function run(given: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const date = new Date();
  const flags = withModels(given);
  const config = await loadConfig(flags.config ?? await ownConfig(flags), flags);
  using _predictions = flags.predictions === null ? null : prepareFile(flags.predictions);
  const taken = await takenModel(flags, config);
  const folder = RunFolder.open(`evaluate-${config.name}`, flags.out).wholeOnly();
  const which = taken === "before" ? "second" : "first";
  using session = await openStage1Session(flags, config, folder, surroundings, { train: false, which });
  const { setup, progress, elapsed, load, check } = session;
  const trained = await withTrainedCounts(setup, config);
  await checkRule(trained, config);
  const second = flags.ensemble
    ? await readSecond(flags.ensemble, setup, progress)
    : taken === "ensemble"
    ? await readSecond(config.checkpoint!, setup, progress, "second")
    : null;

  using measured = await Measured.open(session, flags.models, surroundings.cache);
  const { test } = setup.dataset;
  const choosing = choosingSet(session, config);
  progress.plan([
    ...measured.pieces(test, "evaluate"),
    ...second ? measured.pieces(test, "evaluate the second").slice(0, config.tta === "flip" ? 2 : 1) : [],
    ...choosing ? measured.pieces(choosing, "validation images") : [],
  ]);
  const members = await measured.members(test, "evaluate");
  const others = second && await measured.own(test, "evaluate the second", second);
  const { rule, chosen } = await runRule(
    trained,
    config,
    (set, name) => measured.members(set, name),
    check,
  );
  const decided = (taken: readonly Member[]) => evaluateRule(taken, rule, setup, check);
  const model = decided(members);
  tellChance(model, setup, progress);
  const temperatures = config.ensemble ?? { temperatureNew: 1, temperatureOld: 1 };
  const pairs = others && members.flatMap(({ logits }, i) => pairOf(logits, others[i].logits, temperatures));
  const ensemble = pairs && decided(pairs);
  const { throughput } = measured;
  check(); // before each stretch that never waits
  const verdict = runVerdict(setup, { before: null, after: model, ensemble: null }, config, { check });
  const summary = summaryOf(setup, config, {
    date: date.toISOString(),
    before: model.metrics,
    after: null,
    ensemble: ensemble?.metrics ?? null,
    throughput,
    batchParts: null,
    verdict: verdictRecord(verdict),
    point: pointOf(trained, members, rule, chosen, check),
    cost: costOf(setup, pairs ?? members, rule, check),
    seconds: { load, stage1: 0, evaluate: elapsed() - load, features: 0, train: 0, total: elapsed() },
  });
  await folder.writeConfig(config, "evaluate");
  await writeLists(folder, setup);
  const recallRows = evaluationRows(setup, model, null, ensemble);
  await folder.write(runFiles.recalls, recallsCsv(recallRows, { before: verdict.models.after }));
  if (flags.predictions !== null) {
    await writeWhole(flags.predictions, [...(ensemble ?? model).predictions].join("\n") + "\n");
  }
  const classRows = evaluationRows(setup, null, model, ensemble);
  check();
  const { summary: summaryFile, recalls, config: configFile } = runFiles;
  const html = await renderReport(
    {
      folder: folder.path,
      date,
      config,
      summary: { ...summary, before: null, after: model.metrics },
      verdict,
      slope: testSlope(trained, members, rule, check),
      epochs: [],
      classes: classRows,
      data: setup.dataset.name,
      files: [summaryFile, recalls, configFile],
      evidence: await evidenceOf(setup, { before: null, after: members }, config.seed, rule, check),
    },
    commandWords(flags),
    `A ${networkTitle(config)}${originWords(config)} was measured as it came, on ` +
      dataWords(config.data, summary.images, classRows),
    "model",
  );
  await folder.write(runFiles.report, html);
  await folder.write(runFiles.summary, summaryJson(summary));
  await refreshIndex(folder.path, progress);
  const rows = [{ name: "model", metrics: summary.before }, { name: "ensemble", metrics: summary.ensemble }];
  const { first, untested, sentences } = verdict;
  const told = untested.length > 0 ? `${first}\n${sentences.at(-1)}` : first;
  const more = [pointSentence(summary.point), costSentence(summary.cost)].filter((words) => words !== null);
  session.report(
    summary,
    rows,
    `${[told, ...more].join("\n")}\n\nReport: ${join(folder.path, runFiles.report)}`,
  );
  return 0;
}

/** The model of the checkpoint that the flags ask for; without them the model that the checkpoint keeps. */
async function takenModel({ which, ensemble }: Flags, { checkpoint }: Config): Promise<ModelName> {
  if (ensemble) return "after"; // averaged with that of another file
  const asked = ensemble === "" ? "ensemble" : which;
  if (checkpoint !== null) return asked ?? keptModel(await readMetadata(checkpoint));
  if (asked === null) return "after";
  throw new UsageError(
    `Cannot take the model ${asked}: it takes a checkpoint with two models, none is given: give it with --checkpoint FILE`,
  );
}

/** The command with the flag that chose the model. */
function commandWords({ which, ensemble }: Flags): string {
  if (ensemble !== null) return `evaluate --ensemble ${shellWord(ensemble)}`;
  return which === null ? "evaluate" : `evaluate --which ${which}`;
}

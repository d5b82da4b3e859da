import { join } from "node:path";
import { refreshIndex } from "../../compare/index_file.ts";
import { type Config, loadConfig } from "../../config/load.ts";
import { type Member, plainRule, type Rule } from "../../decision/decide.ts";
import { UsageError } from "../../flags/errors.ts";
import type { Flags } from "../../flags/flags.ts";
import { shellWord } from "../../flags/shell_word.ts";
import { readMetadata } from "../../model/header.ts";
import { checkRule, runRule } from "../../predict/rule.ts";
import { dataWords, networkTitle } from "../../report/facts.ts";
import { originWords } from "../../report/lead.ts";
import { renderReport } from "../../report/run.ts";
import { evaluateRule, evaluationRows } from "../../results/evaluation.ts";
import { evidenceOf } from "../../results/evidence.ts";
import { costOf, costSentence } from "../../results/rule/cost.ts";
import { pointOf, pointSentence, testSlope } from "../../results/rule/point.ts";
import { recallsCsv, summaryJson } from "../../results/records.ts";
import { runVerdict } from "../../results/run_verdict.ts";
import { summaryOf } from "../../results/summary.ts";
import { verdictRecord } from "../../results/verdict_record.ts";
import { writeLists } from "../../run/folder/lists.ts";
import { choosingSet, Measured } from "../../run/measured.ts";
import { runFiles, RunFolder } from "../../run/folder/run_folder.ts";
import { type Session, type Surroundings, terminal } from "../../run/session.ts";
import { openStage1Session } from "../../run/stage1.ts";
import { packState } from "../../saved/checkpoint.ts";
import { ownConfig, withModels, withTrainedCounts } from "./own_config.ts";

/**
 * `deno task adjust`: moves a model between its frequent and its rare classes without training, measures it before and
 * after, and folds the point into the bias of a new checkpoint.
 *
 * @returns 0.
 * @throws {RangeError} when there is nothing to choose a point by, or the classifier has no bias.
 */
export async function run(given: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const date = new Date();
  const flags = withModels(given);
  if (flags.checkpoint === null) {
    throw new UsageError(
      "Cannot adjust: it takes a checkpoint, none is given: give one with --checkpoint FILE",
    );
  }
  const isAsked = flags.set.some((pair) => /^\s*adjust(\.t)?\s*=/.test(pair));
  const set = isAsked ? flags.set : ["adjust.t=auto", ...flags.set];
  const config = await loadConfig(flags.config ?? await ownConfig(flags), { ...flags, set });
  const folder = RunFolder.open(`adjust-${config.name}`, flags.out).wholeOnly();
  using session = await openStage1Session(flags, config, folder, surroundings, { train: false });
  const { setup, progress, elapsed, load, check } = session;
  const trained = await withTrainedCounts(setup, config);
  await checkRule(trained, config);
  using measured = await Measured.open(session, flags.models, surroundings.cache);
  const { test } = setup.dataset;
  const choosing = choosingSet(session, config);
  progress.plan([
    ...choosing ? measured.pieces(choosing, "validation images") : [],
    ...measured.pieces(test, "evaluate"),
  ]);
  const { rule, chosen } = await runRule(
    trained,
    config,
    (set, name) => measured.members(set, name),
    check,
  );
  const members = await measured.members(test, "evaluate");
  const decided = (rule: Rule) => evaluateRule(members, rule, setup, check);
  const [before, after] = [decided({ ...plainRule, costs: rule.costs }), decided(rule)];

  check(); // before each stretch that never waits
  const verdict = runVerdict(setup, { before, after, ensemble: null }, config, { work: "adjusting", check });
  const summary = summaryOf(setup, config, {
    date: date.toISOString(),
    ...{ before: before.metrics, after: after.metrics, ensemble: null },
    ...{ throughput: measured.throughput, batchParts: null },
    verdict: verdictRecord(verdict),
    point: pointOf(trained, members, rule, chosen, check),
    cost: costOf(setup, members, rule, check),
    seconds: { load, stage1: 0, evaluate: elapsed() - load, features: 0, train: 0, total: elapsed() },
  });
  const written = await writeAdjusted({ ...session, setup: trained }, flags, rule);
  await folder.writeConfig(config, "adjust");
  await writeLists(folder, setup);
  const classRows = evaluationRows(setup, before, after, null);
  await folder.write(runFiles.recalls, recallsCsv(classRows, verdict.models));
  const { summary: summaryFile, recalls, config: configFile } = runFiles;
  const evidence = { before: members as Member[], after: members };
  check();
  const html = await renderReport(
    {
      folder: folder.path,
      ...{ date, config, summary, verdict },
      epochs: [],
      slope: testSlope(trained, members, rule, check),
      classes: classRows,
      data: setup.dataset.name,
      files: [...written ? [runFiles.checkpoint] : [], summaryFile, recalls, configFile],
      evidence: await evidenceOf(setup, evidence, config.seed, rule, check),
    },
    "adjust",
    `A ${networkTitle(config)}${originWords(config)} was moved to t = ${
      rule.adjust.toFixed(2)
    } without training, on ` +
      dataWords(config.data, summary.images, classRows),
  );
  await folder.write(runFiles.report, html);
  await folder.write(runFiles.summary, summaryJson(summary));
  await refreshIndex(folder.path, progress);
  const rows = [{ name: "before", metrics: summary.before }, { name: "adjusted", metrics: summary.after }];
  const more = [pointSentence(summary.point), costSentence(summary.cost)];
  const told = `${[...verdict.sentences, ...more].filter((words) => words !== null).join("\n")}\n\n`;
  const use = useWords(flags, config, rule, written);
  session.report(summary, rows, `${told}${use}\nReport: ${join(folder.path, runFiles.report)}`);
  return 0;
}

/**
 * Writes the model with its point folded in, and what its file told of its training.
 *
 * @returns The file; null for several models, each of which would have to be written.
 */
async function writeAdjusted(
  { setup, config, folder }: Session,
  { checkpoint, models }: Flags,
  { adjust }: Rule,
): Promise<string | null> {
  if (models.length > 0) return null;
  const { program, config: recipe, loss, epochs, seed, tta, adjusted } = await readMetadata(checkpoint!);
  const told = program === "everyclass" ? { config: recipe, loss, epochs, seed, tta, adjusted } : {};
  const texts = Object.entries(told).filter(([, text]) => text !== undefined);
  const beside = { recipe: told.config === undefined ? config : null, adjust };
  const bytes = packState(setup.stage1, setup, Object.fromEntries(texts), beside);
  await folder.write(runFiles.checkpoint, bytes);
  return join(folder.path, runFiles.checkpoint);
}

/** The command that predicts by what was adjusted. */
function useWords(
  { checkpoint, models }: Flags,
  { tta }: Config,
  { adjust }: Rule,
  written: string | null,
): string {
  const looks = tta === "none" ? "" : ` --tta ${tta}`;
  if (written) return `Use it: deno task predict PHOTOS --checkpoint ${shellWord(written)}${looks}`;
  const files = models.map((file) => ` --model ${shellWord(file)}`).join("");
  return `Use them: deno task predict PHOTOS --checkpoint ${
    shellWord(checkpoint!)
  }${files} --adjust ${adjust}${looks}`;
}

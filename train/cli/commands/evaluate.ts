import { prepareFile, writeWhole } from "../../../data/disk/mod.ts";
import { loadState, Parameters } from "../../../engine/mod.ts";
import { tellChance } from "../../results/chance.ts";
import { readSecond } from "../../setup/class_fit.ts";
import { loadConfig } from "../../config/load.ts";
import { evaluateScores, evaluationRows } from "../../results/evaluation.ts";
import { Extractor, plainPass } from "../../features/extractor.ts";
import { HeadLogits } from "../../features/head_logits.ts";
import type { Flags } from "../../flags/flags.ts";
import { writeLists } from "../../run/lists.ts";
import { ensembleProbabilities } from "../../results/predict.ts";
import { RunFolder } from "../../run/run_folder.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import type { State } from "../../setup/setup.ts";
import { openStage1Session } from "../../run/stage1.ts";
import { summaryOf } from "../../results/summary.ts";

/**
 * `deno task evaluate`: the metrics of a checkpoint on the test set, or of two and of their ensemble.
 *
 * @returns 0.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  const config = await loadConfig(flags.config, flags);
  using _predictions = flags.predictions === null ? null : prepareFile(flags.predictions);
  const folder = RunFolder.open(`evaluate-${config.name}`, flags.out);
  using session = await openStage1Session(flags, config, folder, surroundings, { train: false });
  const { setup, progress, signal, elapsed, load } = session;
  const { network, backbone, statistics, dataset } = setup;
  const second = flags.ensemble === null ? null : await readSecond(flags.ensemble, setup, progress);

  using extractor = new Extractor(setup, config, progress, signal);
  using classifier = new Parameters(setup.device, network.classifier.tensors, "classifier");
  using head = new HeadLogits(setup, [classifier]);
  const scoresOf = async (state: State, name: string) => {
    loadState([...backbone, statistics, classifier], state);
    const logits = head.collect(dataset.test.count);
    await extractor.extract(dataset.test, { ...plainPass, name }, logits);
    signal.throwIfAborted();
    return logits.values;
  };
  const logits = await scoresOf(setup.stage1, "evaluate");
  const model = evaluateScores(logits, setup);
  tellChance(model, setup, progress);
  let ensemble = null;
  if (second) {
    const { temperatureNew, temperatureOld } = config.ensemble ?? { temperatureNew: 1, temperatureOld: 1 };
    const other = await scoresOf(second, "evaluate the second");
    const both = ensembleProbabilities(logits, other, network.classes, temperatureNew, temperatureOld);
    ensemble = evaluateScores(both, setup);
  }
  const summary = summaryOf(setup, config, {
    before: model.metrics,
    after: null,
    ensemble: ensemble?.metrics ?? null,
    throughput: extractor.throughput,
    batchParts: null,
    seconds: { load, stage1: 0, evaluate: elapsed() - load, features: 0, train: 0, total: elapsed() },
  });
  await folder.writeConfig(config);
  await writeLists(folder, setup);
  await folder.writeRecalls(evaluationRows(setup, model, null, ensemble));
  if (flags.predictions !== null) {
    await writeWhole(flags.predictions, [...(ensemble ?? model).predictions].join("\n") + "\n");
  }
  await folder.writeSummary(summary);
  const rows = [{ name: "model", metrics: summary.before }, { name: "ensemble", metrics: summary.ensemble }];
  session.report(summary, rows, `Recall of every class: ${folder.path}/recalls.csv`);
  return 0;
}

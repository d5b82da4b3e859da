import { Classifier } from "../classifier.ts";
import { cacheFolder } from "../cache.ts";
import { loadConfig } from "../config.ts";
import { evaluateScores, evaluationRows } from "../evaluation.ts";
import { Extractor } from "../extractor.ts";
import type { Flags } from "../flags.ts";
import { Interrupt } from "../interrupt.ts";
import { ensembleProbabilities } from "../predict.ts";
import { Progress } from "../progress.ts";
import { RunFolder, writeWhole } from "../run_folder.ts";
import { headOf, readStage1, type Setup, setUp } from "../setup.ts";
import { loadState } from "../../engine/mod.ts";
import { summaryOf } from "../summary.ts";
import { metricsTable } from "../table.ts";

/**
 * `deno task evaluate`: the metrics of a checkpoint on the test set, or of two and of their ensemble.
 *
 * @returns 0.
 */
export async function run(flags: Flags): Promise<number> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const config = await loadConfig(flags.config, flags);
  using folder = RunFolder.open(`evaluate-${config.name}`, flags.out);
  using progress = new Progress(flags.quiet ? { mode: "quiet" } : {});
  using interrupt = new Interrupt(() => progress.line("Stopping at the next step; again to stop at once"));
  using setup = await setUp(config, progress, cacheFolder);
  const load = elapsed();
  await folder.writeConfig(config);

  using extractor = new Extractor(setup, config, progress, interrupt.signal);
  using classifier = new Classifier(setup, config);
  const logitsOf = async (name: string) => {
    const pass = { name, view: 0, augment: null, statistics: "frozen" } as const;
    classifier.load(setup.head);
    return await classifier.logits(await extractor.extract(setup.dataset.test, pass));
  };
  const logits = await logitsOf("evaluate");
  const model = evaluateScores(logits, setup);
  let ensemble = null;
  if (flags.ensemble !== null) {
    await loadSecond(setup, flags.ensemble);
    const { temperatureNew, temperatureOld } = config.ensemble ?? { temperatureNew: 1, temperatureOld: 1 };
    const other = await logitsOf("evaluate the second");
    const both = ensembleProbabilities(logits, other, setup.network.classes, temperatureNew, temperatureOld);
    ensemble = evaluateScores(both, setup);
  }
  const summary = summaryOf(setup, config, {
    before: model.metrics,
    after: null,
    ensemble: ensemble?.metrics ?? null,
    throughput: extractor.throughput,
    seconds: { load, evaluate: elapsed() - load, features: 0, retrain: 0, total: elapsed() },
  });
  await folder.writeRecalls(evaluationRows(setup, model, null, ensemble));
  if (flags.predictions !== null) {
    await writeWhole(flags.predictions, [...(ensemble ?? model).predictions].join("\n") + "\n");
  }
  await folder.writeSummary(summary);
  if (flags.json) console.log(JSON.stringify(summary));
  else if (!flags.quiet) {
    console.log(
      metricsTable([{ name: "model", metrics: model.metrics }, {
        name: "ensemble",
        metrics: summary.ensemble,
      }]),
    );
  }
  return 0;
}

/** Puts another checkpoint into the place of the first. */
async function loadSecond(setup: Setup, path: string): Promise<void> {
  const state = await readStage1(path, setup.network);
  loadState([setup.backbone, setup.statistics], state);
  setup.head = headOf(setup.network, state);
}

import type { Config } from "../config/load.ts";
import { evaluateScores } from "../results/evaluation.ts";
import { ensembleProbabilities } from "../results/predict.ts";
import type { Work } from "../saved/work.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import type { Outcome } from "../trainer/outcome.ts";

/** Evaluates a re-trained model, and its ensemble with the model before; the last epoch of the work gets the metrics. */
export function judged(
  logits: Outcome["logits"],
  setup: ClassifierSetup,
  { ensemble: t }: Pick<Config, "ensemble">,
  work: Work,
): Pick<Outcome, "after" | "ensemble" | "logits"> {
  const after = evaluateScores(logits.after, setup);
  const last = work.epochs.at(-1);
  if (last) last.test = after.metrics;
  const { classes } = setup.network;
  const ensemble = t && logits.before && evaluateScores(
    ensembleProbabilities(logits.after, logits.before, classes, t.temperatureNew, t.temperatureOld),
    setup,
  );
  return { after, ensemble, logits };
}

import { loadState } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import { evaluationRows } from "../results/evaluation.ts";
import { finetune } from "../finetune/finetune.ts";
import type { Listeners } from "../trainer/fit.ts";
import type { Throughput } from "../results/records.ts";
import type { Setup, State } from "../setup/setup.ts";
import { newWork } from "../saved/work.ts";
import type { Pair } from "./figures_page.ts";

/** Re-trains the classifier of one more model of the same network, and evaluates it before and after. */
export async function comparePair(
  setup: Setup,
  config: Config,
  { name, state }: { name: string; state: State },
  listeners: Pick<Listeners, "progress" | "signal">,
): Promise<{ pair: Pair; throughput: Throughput }> {
  loadState([...setup.backbone, setup.statistics], state);
  const of = { ...setup, stage1: state };
  const run = { ...listeners, onEpoch: () => Promise.resolve() };
  const { before, after, throughput } = await finetune(of, config, newWork(), run);
  const classes = evaluationRows(setup, before, after, null);
  return { pair: { name, before: before!.metrics, after: after.metrics, classes }, throughput };
}

import { loadState, Parameters } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import { COST } from "../progress/plan.ts";
import type { Progress } from "../progress/progress.ts";
import type { Throughput } from "../results/records.ts";
import type { Setup, State } from "../setup/setup.ts";
import { Extractor, plainPass } from "./extractor.ts";
import { HeadLogits } from "./head_logits.ts";

/** Logits of the test images, and how fast they were computed. */
export interface TestScores {
  /** [models, test images, classes]. */
  scores: Float32Array[];
  throughput: Throughput;
}

/**
 * Runs the plain test images through models of one network.
 *
 * @param models Names for progress, and weights. The setup's stores hold the last model's weights afterwards.
 * @throws {NonFiniteError} when a feature is NaN or infinite. @throws {Interrupted} when the signal is aborted.
 */
export async function testScores(
  setup: Setup,
  config: Pick<Config, "batch" | "seed" | "workers">,
  models: readonly (readonly [name: string, state: State])[],
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<TestScores> {
  const { device, network, backbone, statistics, dataset: { test } } = setup;
  using extractor = new Extractor(setup, config, progress, signal);
  using classifier = new Parameters(device, network.classifier.tensors, "classifier");
  using head = new HeadLogits(setup, [classifier]);
  const scores: Float32Array[] = [];
  progress.plan(models.map(([name]) => ({ name, total: test.count, cost: COST.forward })));
  for (const [name, state] of models) {
    loadState([...backbone, statistics, classifier], state);
    const logits = head.collect(test.count);
    await extractor.extract(test, { ...plainPass, name }, logits);
    signal.throwIfAborted();
    scores.push(logits.values);
  }
  return { scores, throughput: extractor.throughput };
}

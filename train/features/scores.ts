import type { ImageSet } from "../../data/mod.ts";
import { loadState, Parameters } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { TestTime } from "../decision/decide.ts";
import type { Progress } from "../progress/progress.ts";
import type { Throughput } from "../results/records.ts";
import type { Setup, State } from "../setup/setup.ts";
import { Extractor, passesOf } from "./extractor.ts";
import { HeadLogits } from "./head_logits.ts";

/** Logits of images, and how fast they were computed. */
export interface ImageScores {
  /** [models, looks], each [images, classes]. */
  scores: Float32Array[][];
  throughput: Throughput;
}

/** Images to look at, and how. */
export interface Looks {
  set: ImageSet;
  tta: TestTime;
}

/**
 * Runs plain images through models of one network.
 *
 * @param models Names for progress, and weights. The setup's stores hold the last model's weights afterwards.
 * @throws {NonFiniteError} when a feature is NaN or infinite. @throws {Interrupted} when the signal is aborted.
 */
export async function imageScores(
  setup: Setup,
  config: Pick<Config, "batch" | "seed" | "workers">,
  models: readonly (readonly [name: string, state: State])[],
  { set, tta }: Looks,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<ImageScores> {
  const { device, network, backbone, statistics } = setup;
  using extractor = new Extractor(setup, config, progress, signal);
  using classifier = new Parameters(device, network.classifier.tensors, "classifier");
  using head = new HeadLogits(setup, [classifier]);
  const scores: Float32Array[][] = [];
  for (const [name, state] of models) {
    loadState([...backbone, statistics, classifier], state);
    const looks: Float32Array[] = [];
    for (const pass of passesOf(tta, name)) {
      const logits = head.collect(set.count);
      await extractor.extract(set, pass, logits);
      signal.throwIfAborted();
      looks.push(logits.values);
    }
    scores.push(looks);
  }
  return { scores, throughput: extractor.throughput };
}

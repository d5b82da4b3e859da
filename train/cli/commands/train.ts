import { raisedWords, withMinSteps } from "../../config/min_steps.ts";
import { type TrainConfig, trainingConfig } from "../../config/schema/train.ts";
import type { Flags } from "../../flags/flags.ts";
import { trainLead } from "../../report/lead.ts";
import { trainingFacts } from "../../saved/checkpoint.ts";
import { imageRun } from "../../run/image_run.ts";
import { type RunKind, runTraining } from "../../run/run.ts";
import { openSession, type Surroundings, terminal } from "../../run/session.ts";
import { drawOf, reinitOf } from "../../setup/start.ts";
import { train } from "../../trainer/train.ts";

const kind: RunKind<TrainConfig> = {
  config: trainingConfig,
  origin({ checkpoint, pretrained, seed }) {
    const weights = checkpoint ?? (pretrained && `pretrained ${pretrained}`);
    return weights ? `from ${weights}` : `drawn from seed ${seed}`;
  },
  async open(flags, config, folder, surroundings) {
    const weights = { draw: drawOf(config), reinit: reinitOf(config) };
    const session = await openSession(flags, config, folder, surroundings, weights);
    const { setup: { train: { count } }, progress } = session;
    const raised = withMinSteps(config, count);
    const words = raisedWords(config, raised, count);
    if (words) progress.line(words);
    return { ...session, config: raised };
  },
  work: train,
  ...imageRun(trainingFacts),
  lead: trainLead,
};

/**
 * `deno task train`: trains a network from scratch or from a checkpoint, evaluates it, and leaves a run folder.
 *
 * @returns 0. @throws {Interrupted} when it was stopped; the message says how to go on.
 */
export function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  return runTraining(kind, flags, surroundings);
}

import { basename, extname } from "node:path";
import { finetuneConfig } from "../../config/schema/finetune.ts";
import type { Config } from "../../config/load.ts";
import { finetune } from "../../finetune/finetune.ts";
import { finetunePieces } from "../../finetune/pieces.ts";
import type { Flags } from "../../flags/flags.ts";
import { finetuneLead } from "../../report/lead.ts";
import { imageRun } from "../../run/image_run.ts";
import { type RunKind, runTraining } from "../../run/run.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import { openStage1Session } from "../../run/stage1.ts";
import type { Setup } from "../../setup/setup.ts";
import { reinitOf } from "../../setup/start.ts";
import { finetuneFacts } from "../../saved/checkpoint.ts";
import { newWork } from "../../saved/work.ts";

const kind: RunKind<Config> = {
  config: finetuneConfig,
  origin({ checkpoint, pretrained, stage1 }) {
    const weights = checkpoint ?? (pretrained && `pretrained ${pretrained}`);
    return `from ${weights ?? `stage 1 by ${basename(stage1!, extname(stage1!))}`}`;
  },
  open(flags, config, folder, surroundings) {
    const reinit = reinitOf({ ...config, train: "classifier" });
    const pieces = (setup: Setup) => finetunePieces(setup, config, newWork());
    return openStage1Session(flags, config, folder, surroundings, { train: true, reinit, pieces });
  },
  work: finetune,
  ...imageRun(finetuneFacts),
  lead: finetuneLead,
};

/**
 * `deno task finetune`: evaluates a stage-1 model, re-trains its classifier, evaluates again, and leaves a run folder.
 *
 * @returns 0. @throws {Interrupted} when the run was stopped; the message says how to go on.
 */
export function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  return runTraining(kind, flags, surroundings);
}

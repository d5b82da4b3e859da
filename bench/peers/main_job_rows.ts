import { mainJobName, torchNotes } from "./main_job_report.ts";
import { type MainJob, mainJob, MISSING } from "./main_job_run.ts";
import type { Options } from "./options.ts";
import { OURS } from "./ratios.ts";
import { TORCH } from "./torch.ts";
import type { Row } from "./workloads.ts";

/** Runs of ours in the comparison. */
const VIEWS = ["4", "1"];

/** Runs the main job, or says why there is none. */
export async function mainJobRowsOf({ data, checkpoint, python, torchEpochs }: Options): Promise<Row[]> {
  if (data === null || checkpoint === null) return noMainJobRows(VIEWS, MISSING);
  const job = await mainJob({
    data: await Deno.realPath(data),
    checkpoint: await Deno.realPath(checkpoint),
    views: VIEWS,
    torchEpochs,
    seed: 0,
    python: python ?? undefined,
  });
  return mainJobRows(job);
}

/** What the main job came to, as rows of the comparison: their rate is the H-mean. */
export function mainJobRows({ ours, torch }: MainJob): Row[] {
  const unit = "H-mean", agrees = null;
  return ours.flatMap(({ views, seconds, figures }): Row[] => {
    const workload = mainJobName(views);
    const own: Row = { workload, peer: OURS, ms: 1000 * seconds, rate: figures.hMean, unit, agrees };
    if ("why" in torch) {
      return [own, { workload, peer: TORCH, ms: null, rate: null, unit, agrees, why: torch.why }];
    }
    const rate = torch.figures?.hMean ?? null;
    return [own, {
      workload,
      peer: TORCH,
      ms: 1000 * torch.seconds,
      rate,
      unit,
      agrees,
      why: torchNotes(torch),
    }];
  });
}

/** Rows that say why there is no main job. */
export function noMainJobRows(views: readonly string[], why: string): Row[] {
  return views.flatMap((views) =>
    [OURS, TORCH].map((peer) => {
      const workload = mainJobName(views);
      return { workload, peer, ms: null, rate: null, unit: "H-mean", agrees: null, why };
    })
  );
}

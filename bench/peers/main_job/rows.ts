import { mainJobName, torchNotes } from "./report.ts";
import { type MainJob, mainJob, MISSING } from "./run.ts";
import type { Options } from "../options.ts";
import { OURS } from "../ratios.ts";
import { TORCH_CPU, TORCH_CUDA } from "../torch/torch.ts";
import type { PeerResult } from "../results.ts";

/** Views of our runs by family: fresh views take a GPU a minute, and a software adapter a quarter of an hour. */
const VIEWS = { lane: ["4", "1"], tile: ["4", "1", "fresh"] };

/** Runs the main job; without it, its rows give the reason. @param family Our kernels. @param torch PyTorch's name. */
export async function runMainJobRows(
  { data, checkpoint, python, torchEpochs }: Options,
  family: keyof typeof VIEWS,
  torch: string,
): Promise<PeerResult[]> {
  const views = VIEWS[family];
  if (data === null || checkpoint === null) return noMainJobRows(views, torch, MISSING);
  try {
    const paths = { data: await Deno.realPath(data), checkpoint: await Deno.realPath(checkpoint) };
    const job = await mainJob({ ...paths, views, torchEpochs, seed: 0, python: python ?? undefined });
    return mainJobRows(job, torch);
  } catch (error) {
    // The rows measured before are kept.
    return noMainJobRows(views, torch, (error as Error).message);
  }
}

/** Makes rows of the comparison from the main job; their rate is the H-mean. @param name PyTorch's, if it did not run. */
export function mainJobRows({ ours, torch }: MainJob, name: string): PeerResult[] {
  const unit = "H-mean", agrees = null;
  return ours.flatMap(({ views, seconds, figures }): PeerResult[] => {
    const workload = mainJobName(views);
    const own: PeerResult = { workload, peer: OURS, ms: 1000 * seconds, rate: figures.hMean, unit, agrees };
    if ("why" in torch) {
      return [own, { workload, peer: name, ms: null, rate: null, unit, agrees, why: torch.why }];
    }
    const rate = torch.figures?.hMean ?? null;
    return [own, {
      workload,
      peer: torch.cuda ? TORCH_CUDA : TORCH_CPU,
      ms: 1000 * torch.seconds,
      rate,
      unit,
      agrees,
      why: torchNotes(torch),
    }];
  });
}

/** Makes rows that say why the main job did not run. */
function noMainJobRows(views: readonly string[], torch: string, why: string): PeerResult[] {
  return views.flatMap((views) =>
    [OURS, torch].map((peer) => {
      const workload = mainJobName(views);
      return { workload, peer, ms: null, rate: null, unit: "H-mean", agrees: null, why };
    })
  );
}

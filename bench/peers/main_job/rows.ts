import { mainJobName, torchNotes } from "./report.ts";
import { type MainJob, mainJob, MISSING } from "./run.ts";
import type { Options } from "../options.ts";
import { OURS, unique } from "../ratios.ts";
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

/**
 * Makes rows of the comparison from the main job; their rate is the H-mean. A workload is a number of views, so that its
 * rows run the same algorithm.
 *
 * @param name PyTorch's, if it did not run.
 */
export function mainJobRows({ ours, torch }: MainJob, name: string): PeerResult[] {
  const unit = "H-mean", agrees = null;
  const theirs = "why" in torch ? [] : torch;
  return unique([...ours, ...theirs].map(({ views }) => views)).flatMap((views): PeerResult[] => {
    const workload = mainJobName(views), rows: PeerResult[] = [];
    const own = ours.find((run) => run.views === views);
    if (own) {
      const { seconds, figures } = own;
      rows.push({ workload, peer: OURS, ms: 1000 * seconds, rate: figures.hMean, unit, agrees });
    }
    if ("why" in torch) {
      return [...rows, { workload, peer: name, ms: null, rate: null, unit, agrees, why: torch.why }];
    }
    for (const run of theirs.filter((run) => run.views === views)) {
      const peer = run.cuda ? TORCH_CUDA : TORCH_CPU, rate = run.figures?.hMean ?? null;
      const ms = 1000 * run.seconds, why = torchNotes(run);
      rows.push({ workload, peer, setting: "channels_last", ms, rate, unit, agrees, why });
    }
    return rows;
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

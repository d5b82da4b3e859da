import { SHAPES } from "./shapes.ts";
import { calibrationTrial, modelTrial, pairTrial } from "./trials.ts";
import type { Entry } from "./table.ts";

/** Trials of one kind that a worker makes. */
export type Job =
  & { seeds: number[]; draws: number }
  & ({ shape: string; second: string | null } | { calibration: string; images: number });

self.onmessage = ({ data: job }: MessageEvent<Job>) => {
  self.postMessage(job.seeds.flatMap((seed) => trial(job, seed)));
};

function trial(job: Job, seed: number): Entry[] {
  if ("calibration" in job) return calibrationTrial(job.calibration, job.images, seed);
  const shape = SHAPES.find(({ name }) => name === job.shape)!;
  return job.second === null
    ? modelTrial(shape, seed, job.draws)
    : pairTrial(shape, job.second, seed, job.draws);
}

// Published numbers beside ours: CIFAR100-LT, imbalance ratio 100, ResNet-32; per cent.

import type { Config } from "../config/load.ts";

/** The metrics of a published run; null where a metric was not published. */
export interface Published {
  mean: number | null;
  gmean: number | null;
  hmean: number | null;
  lowest: number | null;
}

/** The rows of the paper's table. */
export type PaperRow = "gml" | "re-weighting" | "re-sampling";

/** Source: Du and Wu, "No One Left Behind", CVPR 2023 (arXiv 2303.03630), appendix, Table 1. */
export const paper: Record<PaperRow, Published> = {
  "gml": { mean: null, gmean: 36.59, hmean: 31.26, lowest: 6 },
  "re-weighting": { mean: null, gmean: 35.3, hmean: 27.55, lowest: 4 },
  "re-sampling": { mean: null, gmean: 30.84, hmean: 18.52, lowest: 2 },
};

/**
 * One entry for each seed, by the row's id.
 *
 * Source: measured for this project with PyTorch, on the cross-entropy checkpoint of the public repository dgme-syz/NOLB
 * and the same long-tailed cut, after the paper's recipe with new views in every epoch.
 */
export const torch: Record<string, readonly Published[]> = {
  "stage 1": [{ mean: 38.73, gmean: 22.36, hmean: 3.46, lowest: 0 }],
  "gml warm": seeds([42.8, 42.7, 42.8], [38, 38, 37.9], [32.4, 32.3, 32.3], [8, 8, 8]),
  "gml reinit": seeds([41.9, 41.3, 41.2], [37.3, 34.7, 36.2], [32.2, 7.6, 30], [8, 0, 5]),
  "balanced-softmax reinit": seeds([42, 42.1, 41.7], [36.3, 36.1, 35.9], [30.1, 28.8, 29.1], [9, 4, 5]),
  "ce-weighted reinit": seeds([41.3, 41.1, 41.3], [30.3, 29.6, 29.9], [17.1, 14.2, 14.6], [2, 1, 1]),
  "re-sampling reinit": seeds([41.3, 41.3, 41.3], [30.8, 30, 30], [18.3, 14.6, 14.9], [2, 1, 1]),
  // With stored views only the mean H-mean of three seeds was written down.
  "gml warm views=1": [{ mean: null, gmean: null, hmean: 31.5, lowest: null }],
  "gml warm views=4": [{ mean: null, gmean: null, hmean: 31.8, lowest: null }],
  "gml warm views=15": [{ mean: null, gmean: null, hmean: 32.3, lowest: null }],
};

/** Tells whether a config has the task of these numbers. */
export function isComparable({ data, network }: Config): boolean {
  return data.source === "cifar100" && data.ratio === 100 && network === "resnet32";
}

function seeds(...[mean, gmean, hmean, lowest]: number[][]): Published[] {
  return mean.map((_, i) => ({ mean: mean[i], gmean: gmean[i], hmean: hmean[i], lowest: lowest[i] }));
}

import { hash32 } from "../data/mod.ts";
import type { Head } from "./setup.ts";

/** Keeps the draws apart from others of the same seed. */
const PURPOSE = 0x68656164;

/**
 * A classifier to start anew: Kaiming-normal weight (standard deviation sqrt(2 / features)), zero bias.
 *
 * Source: K. He et al., "Delving Deep into Rectifiers", 2015; torch.nn.init.kaiming_normal_.
 */
export function drawHead(classes: number, features: number, seed: number): Head {
  const deviation = Math.sqrt(2 / features);
  const weight = Float32Array.from({ length: classes * features }, (_, i) => deviation * normal(seed, i));
  return { weight, bias: new Float32Array(classes) };
}

/** The i-th standard normal number of a seed, by the Box-Muller transform. */
function normal(seed: number, i: number): number {
  const uniform = (half: number) => (hash32(PURPOSE, seed, i, half) + 0.5) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(uniform(0))) * Math.cos(2 * Math.PI * uniform(1));
}

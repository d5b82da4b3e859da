import type { Tensor } from "../../graph/node.ts";
import { gather } from "./gather.ts";
import { constant } from "../../graph/source.ts";

/** Labels u32 [B], each below classes, as f32. A store holds only f32, and arithmetic takes only f32. */
export function asNumbers(labels: Tensor, classes: number): Tensor {
  return gather(arange(classes), labels);
}

/** 0, 1, 2, ... [n]. Source: torch.arange. */
export function arange(n: number): Tensor {
  return constant(Array.from({ length: n }, (_, i) => i), [n]);
}

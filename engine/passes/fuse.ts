import type { Tensor } from "../tensor.ts";

/** x */
export function fuse(outputs: readonly Tensor[]): Tensor[] {
  return [...outputs];
}

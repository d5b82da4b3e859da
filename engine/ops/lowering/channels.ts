import channels from "../../../shaders/lowering/channels.wgsl" with { type: "text" };
import type { Kernel } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import type { Shape } from "../../kernel/shape.ts";

/**
 * Constants for kernels that include `shaders/lowering/channels.wgsl`, by which they tell the real lanes of 4-vectors. Of
 * a vector, which may have a value for each sample of a batch, they come at each dispatch.
 */
export function ofChannels(
  shape: Shape,
): Required<Pick<Kernel, "constants" | "sizes">> & { includes: { channels: string } } {
  const { channels: count } = matrixOf(shape);
  return {
    constants: { CHANNELS: count, GROUPS: Math.ceil(count / 4) },
    sizes: shape.length > 1 ? [] : ["CHANNELS", "GROUPS"],
    includes: { channels },
  };
}

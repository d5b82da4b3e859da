import channels from "../../../shaders/lowering/channels.wgsl" with { type: "text" };
import type { Kernel } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import type { Shape } from "../../kernel/shape.ts";

/** Constants for kernels that include `shaders/lowering/channels.wgsl`, by which they tell the real lanes of 4-vectors. */
export function ofChannels(shape: Shape): Pick<Kernel, "constants"> & { includes: { channels: string } } {
  const { channels: count } = matrixOf(shape);
  return { constants: { CHANNELS: count, GROUPS: Math.ceil(count / 4) }, includes: { channels } };
}

import channel_part from "../../../shaders/norm/channel_part.wgsl" with { type: "text" };
import type { Family, Kernel } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import type { Shape } from "../../kernel/shape.ts";
import { type StridedView, stridesOf, viewOf } from "../../kernel/view.ts";
import { WORKGROUP_SUM } from "../lowering/workgroup_sum.ts";

/** Workgroups wanted. Software adapters have few cores, and the second stage adds the result of every workgroup. */
const WORKGROUPS = { lane: 16, tile: 1024 } as const;

/** Pixels of an invocation: enough to pay for a workgroup's sum, few enough for the loops of software adapters. */
const LEAST_EACH = 8;
const MOST_EACH = 4096;

/** Parts of the pixels of a tensor [..., C], for a reduction per channel in two ordered stages. */
export interface ChannelParts {
  /** 4-vectors of a pixel. */
  groups: number;
  /** Results of the first stage for each channel. */
  parts: number;
  /** Pixels of each part but the last, which has the remaining ones. */
  length: number;
  /** Two rows of each part in a scratch buffer, [parts, 2, 4 groups]. */
  scratch: StridedView;
  /** Constants of `shaders/norm/channel_part.wgsl`, and the workgroups of the first stage. */
  first: Pick<Kernel, "constants" | "sizes" | "includes" | "workgroups">;
  /** Constants PIXELS, GROUPS, LENGTH and PARTS of the second stage, and a workgroup for each 4-vector. */
  second: Pick<Kernel, "constants" | "sizes" | "includes" | "workgroups">;
}

/** Divides the pixels into parts; shape and family alone decide. */
export function channelParts(shape: Shape, family: Family): ChannelParts {
  const { rows, width, cols } = matrixOf(shape);
  const pixels = rows * width;
  const groups = cols / width;
  const threadsX = Math.min(16, 2 ** Math.ceil(Math.log2(groups)));
  const blocks = Math.ceil(groups / threadsX);
  const fewest = Math.ceil(pixels * threadsX / (64 * MOST_EACH));
  const most = Math.ceil(pixels * threadsX / (64 * LEAST_EACH));
  const wanted = Math.max(fewest, Math.min(most, Math.ceil(WORKGROUPS[family] / blocks)));
  const length = Math.ceil(pixels / wanted);
  const parts = Math.ceil(pixels / length);
  const constants = { PIXELS: pixels, GROUPS: groups, LENGTH: length };
  return {
    groups,
    parts,
    length,
    scratch: wholeView([parts, 2, 4 * groups]),
    first: {
      constants: { ...constants, WIDTH: width, THREADS_X: threadsX, APART: threadsX },
      sizes: ["PIXELS", "LENGTH"],
      includes: { channel_part, ...WORKGROUP_SUM },
      workgroups: [parts, blocks, 1],
    },
    second: {
      constants: { ...constants, PARTS: parts },
      sizes: ["PIXELS", "GROUPS", "LENGTH", "PARTS"],
      includes: WORKGROUP_SUM,
      workgroups: [groups, 1, 1],
    },
  };
}

function wholeView(shape: Shape): StridedView {
  const strides = stridesOf(shape);
  return viewOf(shape, shape.map((length, axis) => ({ length, stride: strides[axis] })));
}

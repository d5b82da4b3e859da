import type { Tensor } from "../../../graph/node.ts";
import type { ConvMoves } from "./window.ts";

/**
 * Columns under the windows of a strip of pixels, by where they may lie: the first HEAD before the image, the last TAIL
 * beyond the image, BODY between them always inside; and MAY_MISS, 1 where a window may have no row in the image.
 */
export function stripEdges({ attrs, shape, inputs: [x] }: Tensor<ConvMoves>, pixels: number) {
  const { kernel, stride, padding } = attrs;
  const [, h, w] = x.shape;
  const [, oh, ow] = shape;
  const span = (pixels - 1) * stride + kernel;
  const head = Math.min(span, padding);
  const beyond = (Math.ceil(ow / pixels) - 1) * pixels * stride - padding + span - w;
  const tail = Math.min(span - head, Math.max(0, beyond));
  const missed = padding >= kernel || (oh - 1) * stride - padding >= h;
  return { HEAD: head, BODY: span - head - tail, TAIL: tail, MAY_MISS: Number(missed) };
}

import type { Kernel, Operand } from "../../graph/node.ts";
import { grid2d } from "./elementwise.ts";

/** Offsets of bindings are multiples of this many bytes, WebGPU's strictest alignment. */
const ALIGN = 256;

/** A kernel over a long row of 4-vectors, before it is known how many it takes at once. */
type Walk = Omit<Kernel, "workgroups">;

/**
 * Kernel of `grid.wgsl` over a row of 4-vectors; where an operand is larger than a binding, one for each piece of the row.
 *
 * @param kernel All but its grid. @param cols 4-vectors of the row. @param along Bytes for each 4-vector of the operands
 * that are walked along the row; the others are bound whole. @param most Bytes of the largest binding.
 */
export function overPieces(
  kernel: Walk,
  cols: number,
  along: Readonly<Record<string, number>>,
  most: number,
): Kernel[] {
  const each = Math.max(...Object.values(along));
  const least = Math.min(...Object.values(along));
  const pieces = Math.ceil(cols * each / most);
  const whole = (length: number): Kernel => ({ ...kernel, ...grid2d(1, length, kernel.constants) });
  if (pieces === 1) return [whole(cols)];
  // As many as begin at an aligned offset in every operand.
  const step = ALIGN / least;
  const length = Math.floor(most / each / step) * step;
  return Array.from({ length: Math.ceil(cols / length) }, (_, i) => {
    const from = i * length;
    const count = Math.min(length, cols - from);
    const bind = Object.entries(kernel.bind).map((
      [name, operand],
    ) => [
      name,
      name in along ? partOf(operand, from * along[name], Math.ceil(count * along[name])) : operand,
    ]);
    return { ...whole(count), bind: Object.fromEntries(bind) };
  });
}

/** A part of an operand in a buffer. @param from Bytes before it, beside those before the operand. @param bytes Its length. */
export function partOf(operand: Operand, from: number, bytes: number): Operand {
  return { ...operand, part: { from: (operand.part?.from ?? 0) + from, bytes } };
}

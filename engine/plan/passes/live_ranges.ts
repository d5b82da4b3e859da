/** The steps of a plan in which a value is in memory, both ends included. */
export interface LiveRange {
  /** Only values of one kind share memory, such as textures of one size. */
  kind: string;
  bytes: number;
  start: number;
  end: number;
}

/** Memory that several values use one after the other. */
export interface MemoryBlock {
  kind: string;
  bytes: number;
}

/**
 * Places values whose live ranges do not overlap in the same memory: the free block that fits best, or a new one.
 *
 * @param ranges In order of their starts.
 * @returns The blocks, and the block of each range.
 */
export function shareMemory(ranges: readonly LiveRange[]): { blocks: MemoryBlock[]; of: number[] } {
  const blocks: (MemoryBlock & { freeFrom: number })[] = [];
  const of = ranges.map((range) => {
    let best = -1;
    for (let i = 0; i < blocks.length; i++) {
      const { kind, bytes, freeFrom } = blocks[i];
      if (kind !== range.kind || freeFrom > range.start || bytes < range.bytes) continue;
      if (best < 0 || bytes < blocks[best].bytes) best = i;
    }
    if (best < 0) best = blocks.push({ kind: range.kind, bytes: range.bytes, freeFrom: 0 }) - 1;
    blocks[best].freeFrom = range.end + 1;
    return best;
  });
  return { blocks: blocks.map(({ kind, bytes }) => ({ kind, bytes })), of };
}

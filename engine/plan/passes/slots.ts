/** A value's stay in memory, in steps of the plan, both ends included. */
export interface Stay {
  /** Only values of one kind share memory, such as textures of one size. */
  kind: string;
  bytes: number;
  birth: number;
  death: number;
}

/** A piece of memory that several values use one after the other. */
export interface Slot {
  kind: string;
  bytes: number;
}

/**
 * Places values whose stays do not overlap in the same memory: the free slot that fits best, or a new one.
 *
 * @param stays In order of birth.
 * @returns The slots, and the slot of each stay.
 */
export function assignSlots(stays: readonly Stay[]): { slots: Slot[]; of: number[] } {
  const slots: (Slot & { freeFrom: number })[] = [];
  const of = stays.map((stay) => {
    let best = -1;
    for (let i = 0; i < slots.length; i++) {
      const { kind, bytes, freeFrom } = slots[i];
      if (kind !== stay.kind || freeFrom > stay.birth || bytes < stay.bytes) continue;
      if (best < 0 || bytes < slots[best].bytes) best = i;
    }
    if (best < 0) best = slots.push({ kind: stay.kind, bytes: stay.bytes, freeFrom: 0 }) - 1;
    slots[best].freeFrom = stay.death + 1;
    return best;
  });
  return { slots: slots.map(({ kind, bytes }) => ({ kind, bytes })), of };
}

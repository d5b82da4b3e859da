/** The ticks that a device's clock showed at a moment that the host knows to be between two of its own. */
export interface Look {
  /** Milliseconds of the host before, and after. */
  before: number;
  after: number;
  /** The device's clock. */
  ticks: bigint;
}

/** Nanoseconds of a tick from two looks; 1, as WebGPU has it, where both allow that or tell nothing. */
export function tickBetween(first: Look, second: Look): number {
  const ticks = Number(second.ticks - first.ticks);
  const least = (second.before - first.after) * 1e6 / ticks;
  const most = (second.after - first.before) * 1e6 / ticks;
  if (ticks <= 0 || least <= 1 && most >= 1) return 1;
  // Work begins soon after it is submitted, but that it is done is heard of late.
  return (second.before - first.before) * 1e6 / ticks;
}

/** Invocations of a subgroup that kernels are written for. */
const SIZES: readonly number[] = [8, 16];

/** Most invocations for each that has work of its own; with more idle ones the kernels without subgroups are faster. */
const MOST_IDLE = 1.15;

/** True if kernels are written for subgroups of so many invocations; 0 where their size is unknown. */
export function hasKernels(size: number): boolean {
  return SIZES.includes(size);
}

/** True if so many images or columns, one an invocation, leave few invocations of whole subgroups idle. */
export function fills(count: number, size: number): boolean {
  return Math.ceil(count / size) * size <= count * MOST_IDLE;
}

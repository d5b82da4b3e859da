/** How far two values may be apart: `relative` times the larger of the expected value and the expected rms. */
export interface Tolerance {
  /**
   * Default 1e-5. A sum of K products of f32 numbers in blocks errs by about 3e-7 sqrt(K) rms(a) rms(b), the result's
   * own rms is about sqrt(K) rms(a) rms(b), and other orders of summation and approximate exp take the rest.
   */
  relative?: number;
  /** Added to it; default 1e-7, for results that are exactly zero. */
  absolute?: number;
}

/** @throws {Error} naming the tensor, how many values differ, the worst one, both values and the tolerance. */
export function assertClose(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative = 1e-5, absolute = 1e-7 }: Tolerance = {},
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${name} has ${actual.length} values, expected are ${expected.length}`);
  }
  let squares = 0;
  for (let i = 0; i < expected.length; i++) squares += expected[i] ** 2;
  const rms = Math.sqrt(squares / Math.max(1, expected.length));
  const allowed = (i: number) => absolute + relative * Math.max(rms, Math.abs(expected[i]));
  let differ = 0;
  let worst = 0;
  let worstExcess = 0;
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i] - expected[i]);
    if (off <= allowed(i)) continue;
    differ++;
    // NaN is the worst of all.
    const excess = Number.isNaN(off) ? Infinity : off / allowed(i);
    if (excess > worstExcess) [worst, worstExcess] = [i, excess];
  }
  if (differ > 0) {
    throw new Error(
      `${name}: ${differ} of ${expected.length} values differ, the worst at index ${worst}: ` +
        `actual ${actual[worst]}, expected ${expected[worst]}, tolerance ${allowed(worst).toExponential(1)}`,
    );
  }
}

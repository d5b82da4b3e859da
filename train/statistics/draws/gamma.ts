/**
 * Makes numbers from gamma distributions, scale 1, of any shape; 0 for shape 0.
 *
 * Source: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000). d3-random's
 * sampler makes two functions for every shape; here shapes change with every number.
 *
 * @param unit Numbers between 0 and 1, both excluded. @param normal Numbers from the standard normal distribution.
 */
export function gammaSampler(unit: () => number, normal: () => number): (shape: number) => number {
  /** Shapes of 1 and more. */
  const large = (shape: number): number => {
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      const u = unit();
      const isIn = u < 1 - 0.0331 * x * x * x * x ||
        Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v));
      if (isIn) return d * v;
    }
  };
  return (shape) => {
    if (shape > 2) return large(shape);
    // One image, or two: sums of exponential numbers.
    if (shape === 1) return -Math.log(unit());
    if (shape === 2) return -Math.log(unit() * unit());
    if (shape > 1) return large(shape);
    return shape === 0 ? 0 : large(shape + 1) * unit() ** (1 / shape);
  };
}

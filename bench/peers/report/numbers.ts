/** Writes a number to three digits, without an exponent. */
export function threeDigits(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
    ? value.toFixed(1)
    : value >= 1
    ? value.toFixed(2)
    : String(Number(value.toPrecision(2)));
}

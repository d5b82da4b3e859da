/** The operators that mutants flip, each with the one that takes its place. */
export const FLIPS: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "===": "!==",
  "!==": "===",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "**": "*",
  "&&": "||",
  "||": "&&",
  "&": "|",
  "|": "&",
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "&=": "|=",
  "|=": "&=",
};

/** Minima and maxima, each with the one that takes its place. */
export const MINIMA: Readonly<Record<string, string>> = {
  "Math.min": "Math.max",
  "Math.max": "Math.min",
  "Math.floor": "Math.ceil",
  "Math.ceil": "Math.floor",
  min: "max",
  max: "min",
};

/** A written number, one more: `64u` is `65u`, `1e-5` is `1.00001`. */
export function plusOne(written: string): string {
  const [, digits, unit] = /^(.*?)([uifh]?n?)$/.exec(
    /^0x/i.test(written) ? String(Number(written)) : written,
  )!;
  const more = String(Number(digits.replaceAll("_", "")) + 1);
  return (digits.includes(".") && !more.includes(".") ? `${more}.0` : more) + unit;
}

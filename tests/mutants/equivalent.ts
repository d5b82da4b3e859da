import { type Mutant, placeOf } from "./mutant.ts";

/** A mutant that no input tells from the code as it is. */
export interface Equivalent {
  file: string;
  /** The line, without the space before it. */
  code: string;
  change: string;
  /** The number of the same word before it in the line. */
  nth: number;
  why: string;
}

/** The mutants that no test can catch, as they do the same for all inputs. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "train/statistics/macro_f1.ts",
    code: "for (let i = 0; i < labels.length; i++) {",
    change: "< -> <=",
    nth: 0,
    why: "past the last label both classes are undefined, and no sum has that index",
  },
  {
    file: "data/sampling/long_tail.ts",
    code: "const head = available.reduce((a, b) => Math.max(a, b), 0);",
    change: "0 -> 1",
    nth: 0,
    why: "a set with an image has a class of one or more; a set without images has nothing to keep",
  },
  {
    file: "engine/nn/losses.ts",
    code: "const miss = clamp(sub(1, exp(neg(nll))), 2 ** -24, 1);",
    ...{ change: "1 -> 2", nth: 1 },
    why: "exp is never below 0, so that a miss is never above 1",
  },
  {
    file: "engine/nn/losses.ts",
    code: "const even = neg(mean(logSoftmax(logits), -1));",
    ...{ change: "- -> ", nth: 0 },
    why: "logits have two axes, as was checked: the last one is axis 1",
  },
  {
    file: "shaders/loss/gml.wgsl",
    code: "for (var i = lane; i < BATCH; i += 64u) { sums += load_terms(i, 0u); }",
    ...{ change: "+= -> -=", nth: 1 },
    why: "both sums change their sign, and their quotient stays the same to the bit",
  },
  ...["== -> !=", "0u -> 1u"].map((change) => ({
    file: "shaders/loss/gml.wgsl",
    code: "if (lane == 0u) { y[0] = sums.y / sums.z; }",
    ...{ change, nth: 0 },
    why: "workgroup_sum gives every invocation the same sums: another one writes the same value",
  })),
  {
    file: "shaders/loss/gml_terms.wgsl",
    code: "if (first >= BATCH) { return; }",
    change: ">= -> >",
    nth: 0,
    why:
      "an invocation whose first sample is behind the last one stores nothing: each store looks for itself",
  },
  {
    file: "shaders/loss/gml_terms.wgsl",
    code: "for (var at = 0u; at * 4u < BATCH; at++) {",
    change: "< -> <=",
    nth: 0,
    why: "the four samples behind the last one are masked by j < BATCH",
  },
  {
    file: "shaders/loss/gml_terms.wgsl",
    code: "for (var at = 0u; at * 4u < BATCH; at++) {",
    change: "* -> /",
    nth: 0,
    why: "slower alone: samples behind the last one are masked by j < BATCH",
  },
  {
    file: "shaders/loss/gml_terms.wgsl",
    code: "if (own[$k] < BATCH) { store_terms(own[$k], 0u, vec4f(share[$k], loss[$k], one[$k], 0.0)); }",
    change: "0.0 -> 1.0",
    nth: 0,
    why: "no kernel reads the fourth column",
  },
];

/** True for a mutant of the list. @param text The file. */
export function isEquivalent(
  text: string,
  mutant: Mutant,
  list: readonly Equivalent[] = EQUIVALENT,
): boolean {
  const { code, change, nth } = placeOf(text, mutant);
  return list.some((known) =>
    known.file === mutant.file && known.code === code && known.change === change && known.nth === nth
  );
}
